import { AdvisoryDatabase } from '@crates-mirror/advisories';
import { ExitCode } from '@crates-mirror/cli';
import { errorMessage } from '@crates-mirror/errors';
import type { Request } from '@crates-mirror/http-content';
import { handedSocket, listen } from '@crates-mirror/http-server';
import { oldestVerification } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { formatBytes, formatCount } from '@crates-mirror/progress';
import type { StoredMirror } from '@crates-mirror/stored-mirror';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { announcement } from './announce.ts';
import { CrateApi } from './api/crate-api.ts';
import { CrateManifests } from './api/crate-manifests.ts';
import { countInThread } from './counts/count-in-thread.ts';
import { countStored } from './counts/count-stored.ts';
import type { CountingTask, Counts } from './counts/counts.ts';
import { NameSearch } from './counts/name-search.ts';
import { Stats, type StatsDeps } from './counts/stats.ts';
import { CrateBodies } from './crate-bodies.ts';
import type { DamageCounts } from './damage/damage-counts.ts';
import { DamageLog } from './damage/damage-log.ts';
import { DamageWatch } from './damage/damage-watch.ts';
import { Connections } from './http/connections.ts';
import { createServer, type MirrorHttpServer, readTls } from './http/create-server.ts';
import { fitConnections } from './http/open-files.ts';
import { ClientOrigins } from './http/origin.ts';
import { RequestHandler } from './http/request-handler.ts';
import { CommitWatch } from './index-commit.ts';
import { openServed, type ServedMirror } from './open-mirror.ts';
import type { ServeOptions } from './options.ts';
import { Pages } from './pages/pages.ts';
import { AddressRanges } from './proxy/address-range.ts';
import { Redirects } from './redirects.ts';
import { Routes } from './routes.ts';
import { ServerMetrics } from './server-metrics.ts';
import { Telemetry } from './telemetry.ts';

/** How recent the list of bundles must be for a count. */
const FRESH_MS = 1000;
/** Pauses between two counts. ms. Listing a store costs a request for a thousand objects. */
const COUNTED_EVERY_MS = 10 * 60_000;
const STORE_COUNTED_EVERY_MS = 60 * 60_000;
/** When clients may try again if the object store does not answer. s */
const STORE_RETRY_AFTER_S = 5;

/**
 * Serves until a stop is requested.
 *
 * @returns the exit code
 * @throws UsageError before anything is served
 */
export function serve(options: ServeOptions): Promise<number> {
  return withRun({ tool: 'mirror-server', ...options }, (run) => serveMirror(options, run));
}

async function serveMirror(options: ServeOptions, run: Run): Promise<number> {
  const { logger } = run;
  const damageLog = new DamageLog(logger);
  const watch = new DamageWatch(
    (wanted, place) => damageLog.tell(wanted, place),
    () => stats.renew(),
  );
  const mirror = await openServed(options, (message) => logger.warn(message), watch.onDamage);
  const tls = options.tls === undefined ? undefined : readTls(options.tls);
  const { advisories: root } = options;
  const advisories =
    root === undefined ? undefined : AdvisoryDatabase.open(root, (text) => logger.warn(text));
  const telemetry = new Telemetry(options, logger);
  const stats = new Stats({
    ...countingOf(options, mirror, watch),
    checkThere: () => mirror.index.checkThere(),
    examine: (names) => watch.examine(names),
    onFailure: (message) => logger.warn(`cannot count what the mirror holds: ${message}`),
    onFirst: (counts) => reportCounts(counts, logger),
  });
  const connections = new Connections();
  const handler = new RequestHandler(
    routesFor(options, mirror, { stats, watch, telemetry, logger, advisories }),
    telemetry,
    connections,
    logger,
    mirror.stored === undefined ? undefined : STORE_RETRY_AFTER_S,
  );
  const http = createServer(handler.listener, options, tls);
  const place = handedSocket(process.env, process.pid) ?? options.listen;
  const listening = await listen(http.server, place, '--listen');
  http.server.maxConnections = fitConnections(options.maxConnections, (text) => logger.warn(text));
  telemetry.watch(http.server);
  connections.watch(http.server);
  const requested = run.listen((signal) =>
    logger.info(`${signal}: finishing the work in progress; once more stops at once`),
  );
  const onHangup = (): void => renewCertificate(options, http, logger);
  if (process.platform !== 'win32') process.on('SIGHUP', onHangup);
  for (const line of announcement(options, listening)) logger.info(line);
  if (options.serveRemoved)
    logger.warn('--serve-removed: crate files that have left the index are still served, malicious ones too');
  telemetry.start();
  watch.start(mirror.index);
  const startedAt = performance.now();
  // Requests before that wait for the bundles to be read.
  void mirror.files.refresh(0).then(() => {
    logger.debug(`the bundles are known after ${Math.round(performance.now() - startedAt)} ms`);
    if (!requested.aborted) stats.start();
  });
  await aborted(requested);
  handler.drain();
  http.drain();
  await listening.close(options.drainTimeout);
  telemetry.stop();
  watch.close();
  process.off('SIGHUP', onHangup);
  await Promise.all([stats.close(), mirror.files.close()]);
  await mirror.stored?.close();
  const { requests } = telemetry;
  logger.info(`stopped after ${formatCount(requests)} ${requests === 1 ? 'request' : 'requests'}`);
  return ExitCode.done;
}

interface ServingDeps {
  readonly stats: Stats;
  readonly watch: DamageWatch;
  readonly telemetry: Telemetry;
  readonly logger: Logger;
  readonly advisories: AdvisoryDatabase | undefined;
}

function countingOf(
  options: ServeOptions,
  mirror: ServedMirror,
  watch: DamageWatch,
): Pick<StatsDeps, 'counting' | 'pause'> {
  const { stored } = mirror;
  if (stored !== undefined) return { counting: countStored(stored.stats), pause: STORE_COUNTED_EVERY_MS };
  return { counting: countInThread(() => countingTask(options, mirror, watch)), pause: COUNTED_EVERY_MS };
}

async function countingTask(
  { indexDir = '', mirror }: ServeOptions,
  { files, layout, policy }: ServedMirror,
  watch: DamageWatch,
): Promise<CountingTask> {
  // Damage to bundles that no client requests is only detected here.
  await files.refresh(FRESH_MS);
  const { memory: lost } = await files.lostBundles();
  return {
    indexDir,
    mirror: mirror === undefined ? undefined : { root: mirror, layout: layout.id },
    bundled: files.bundledMemory,
    bundleTimes: files.bundleTimes,
    lost,
    damaged: watch.checksums,
    selection: (await policy.current()).data,
  };
}

function routesFor(
  options: ServeOptions,
  { files, index, policy, layout, stored }: ServedMirror,
  { stats, watch, telemetry, logger, advisories }: ServingDeps,
): Routes {
  const origins = new ClientOrigins({
    publicUrl: options.publicUrl,
    isTls: options.tls !== undefined,
    trustedProxies: new AddressRanges(options.trustedProxies),
    onNote: (message) => logger.warn(message),
  });
  const originOf = (request: Request): string | undefined => origins.of(request);
  const { indexDir } = options;
  const watched = indexDir === undefined ? undefined : new CommitWatch(indexDir);
  const commit = { get: async () => watched?.get() };
  const names = new NameSearch(stats, index);
  const manifests = new CrateManifests(files, (message) => logger.debug(message));
  const counts = (): Counts => stats.counts;
  const damage = (): DamageCounts => ({
    damaged: watch.count + stats.counts.unlisted,
    lost: stats.counts.lost,
  });
  const metrics = new ServerMetrics({
    telemetry,
    counts,
    damage,
    oldestVerification: () => (options.mirror === undefined ? undefined : oldestVerification(options.mirror)),
    commit: () => commit.get(),
    layout: layout.id,
  });
  return new Routes({
    index,
    policy,
    bodies: new CrateBodies(files, (message) => logger.error(message)),
    redirects: redirectsOf(options, stored),
    layout,
    servesRemoved: options.serveRemoved,
    crateMaxAge: Math.floor(options.crateMaxAge / 1000),
    pages: new Pages({
      index,
      stats,
      names,
      manifests,
      advisories,
      damage,
      commit,
      originOf,
      servesRemoved: options.serveRemoved,
    }),
    api: new CrateApi({ index, names, manifests }),
    originOf,
    isOriginFixed: options.publicUrl !== undefined,
    damage,
    metrics: () => metrics.render(),
  });
}

function redirectsOf(
  { stored: options }: ServeOptions,
  stored: StoredMirror | undefined,
): Redirects | undefined {
  const to = options?.redirect;
  return to === undefined || stored === undefined ? undefined : new Redirects(stored, to);
}

function reportCounts({ crates, versions, bytes, lost }: Counts, logger: Logger): void {
  if (lost > 0)
    logger.warn(
      `${formatCount(lost)} ${lost === 1 ? 'version' : 'versions'} that the mirror has held are gone from it: the next full run of the downloader fetches them anew`,
    );
  if (versions === 0)
    logger.warn(
      'the mirror holds no crate file that the index names: check --mirror, --bundles-dir and --layout',
    );
  else
    logger.info(
      `the mirror holds ${formatCount(versions)} versions of ${formatCount(crates)} crates, ${formatBytes(bytes)}`,
    );
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
