import { ExitCode, listenForShutdown } from '@crates-mirror/cli';
import { errorMessage } from '@crates-mirror/errors';
import type { Request } from '@crates-mirror/http-content';
import { type Listening, listen } from '@crates-mirror/http-server';
import { createLogger, type Logger } from '@crates-mirror/logging';
import { formatBytes, formatCount } from '@crates-mirror/progress';
import { Census } from './counts/census.ts';
import type { Counts } from './counts/counts.ts';
import { CrateBodies } from './crate-bodies.ts';
import { Connections } from './http/connections.ts';
import { createServer, type MirrorHttpServer, readTls } from './http/create-server.ts';
import { fitConnections } from './http/open-files.ts';
import { originOf } from './http/origin.ts';
import { RequestHandler } from './http/request-handler.ts';
import { CommitWatch } from './index-commit.ts';
import { type OpenMirror, openMirror } from './open-mirror.ts';
import type { ServeOptions } from './options.ts';
import { Pages } from './pages/pages.ts';
import { Routes } from './routes.ts';
import { ServerMetrics } from './server-metrics.ts';
import { Telemetry } from './telemetry.ts';

/** Serves until it is told to stop. @returns the exit code. @throws UsageError before anything is served */
export async function serve(options: ServeOptions): Promise<number> {
  const logger = createLogger({ tool: 'mirror-server', format: options.logFormat, level: options.logLevel });
  const mirror = openMirror(options, (message) => logger.warn(message));
  const tls = options.tls === undefined ? undefined : readTls(options.tls);
  const telemetry = new Telemetry(options, logger);
  const census = new Census(
    () => ({
      indexDir: options.indexDir,
      mirror: options.mirror === undefined ? undefined : { root: options.mirror, layout: mirror.layout.id },
      bundled: mirror.files.bundledMemory,
    }),
    (message) => logger.warn(`cannot count what the mirror holds: ${message}`),
    (counts) => tellCounts(counts, logger),
  );
  const connections = new Connections();
  const handler = new RequestHandler(
    routesFor(options, mirror, census, telemetry, logger),
    telemetry,
    connections,
    logger,
  );
  const http = createServer(handler.listener, options, tls);
  const listening = await listen(http.server, options.listen, '--listen');
  http.server.maxConnections = fitConnections(options.maxConnections, (text) => logger.warn(text));
  telemetry.watch(http.server);
  connections.watch(http.server);
  const shutdown = listenForShutdown(
    (signal) => logger.info(`${signal}: finishing what is under way; once more stops at once`),
    () => {},
  );
  const onHangup = (): void => renewCertificate(options, http, logger);
  process.on('SIGHUP', onHangup);
  announce(options, listening, logger);
  telemetry.start();
  const startedAt = performance.now();
  // Whoever asks before waits for it.
  void mirror.files.refresh(0).then(() => {
    logger.debug(`the bundles are known after ${Math.round(performance.now() - startedAt)} ms`);
    if (!shutdown.requested.aborted) census.start();
  });
  await aborted(shutdown.requested);
  handler.drain();
  http.drain();
  await listening.close(options.drainTimeout);
  telemetry.stop();
  process.off('SIGHUP', onHangup);
  shutdown.dispose();
  await Promise.all([census.close(), mirror.files.close()]);
  const { requests } = telemetry;
  logger.info(`stopped after ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`);
  return ExitCode.done;
}

function routesFor(
  options: ServeOptions,
  { files, index, layout }: OpenMirror,
  census: Census,
  telemetry: Telemetry,
  logger: Logger,
): Routes {
  const origin = (request: Request): string | undefined =>
    originOf(request, options.publicUrl, options.tls !== undefined);
  const commit = new CommitWatch(options.indexDir);
  const counts = (): Counts => census.counts;
  const metrics = new ServerMetrics({ telemetry, counts, commit: () => commit.get(), layout: layout.id });
  return new Routes({
    index,
    bodies: new CrateBodies(files, (message) => logger.error(message)),
    layout,
    pages: new Pages({ index, census, commit, originOf: origin }),
    originOf: origin,
    metrics: () => metrics.render(),
  });
}

function tellCounts({ crates, versions, bytes }: Counts, logger: Logger): void {
  if (versions === 0)
    logger.warn(
      'the mirror holds no crate file that the index names: check --mirror, --bundles-dir and --layout',
    );
  else
    logger.info(
      `the mirror holds ${formatCount(versions)} versions of ${formatCount(crates)} crates, ${formatBytes(bytes)}`,
    );
}

function announce({ publicUrl, tls }: ServeOptions, { authority }: Listening, logger: Logger): void {
  const own = `${tls === undefined ? 'http' : 'https'}://${authority}`;
  logger.info(`serving on ${own}/`);
  logger.info(`cargo finds the registry at sparse+${publicUrl ?? own}/index/`);
}

function renewCertificate({ tls }: ServeOptions, http: MirrorHttpServer, logger: Logger): void {
  if (tls === undefined) return;
  try {
    http.renew(readTls(tls));
    logger.info('SIGHUP: the certificate was read again');
  } catch (error) {
    logger.error(`SIGHUP: the certificate stays as it was: ${errorMessage(error)}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
