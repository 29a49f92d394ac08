import { ExitCode, listenForShutdown } from '@crates-mirror/cli';
import { CrateFiles } from '@crates-mirror/crate-files';
import { type Layout, lockHome, parseLayout, readLayout } from '@crates-mirror/layout';
import { createLogger, StatusLine } from '@crates-mirror/logging';
import { Progress } from '@crates-mirror/progress';
import { checkDirectory } from '../directories.ts';
import type { PackOptions } from '../options.ts';
import { type Print, toStdout } from '../print.ts';
import { Report } from '../report.ts';
import { carrierHome } from '../state/carrier-home.ts';
import { VolumeAgain } from './again.ts';
import { NewParcel } from './new-parcel.ts';

/**
 * Packs what has changed since a receipt. @returns the exit code
 * @throws UsageError before anything is published
 */
export async function runPack(options: PackOptions, print: Print = toStdout): Promise<number> {
  const { mirror, bundlesDir } = options;
  checkDirectory(mirror, '--mirror');
  if (bundlesDir !== undefined) checkDirectory(bundlesDir, '--bundles-dir');
  const lock = lockHome(mirror, '--mirror', carrierHome(mirror).lockFile);
  try {
    return await packLocked(options, print);
  } finally {
    lock.release();
  }
}

async function packLocked(options: PackOptions, print: Print): Promise<number> {
  const { mirror, bundlesDir, logFormat: format, logLevel: level } = options;
  const status = new StatusLine();
  const logger = createLogger({ tool: 'mirror-carrier', format, level, output: status });
  const report = new Report(logger);
  const layout = layoutOf(mirror, bundlesDir);
  const job = options.again === undefined ? await NewParcel.open(options, layout) : VolumeAgain.open(options);
  const files = new CrateFiles({
    mirror: { root: mirror, layout },
    bundlesDirectory: bundlesDir,
    onNote: (message) => logger.warn(message),
    // Told with the version that lacks it.
    onDamage: () => {},
  });
  const shutdown = listenForShutdown(
    (signal) => logger.info(`${signal}: stopping; nothing is published`),
    () => {},
  );
  const progress = new Progress({
    status,
    logger,
    intervalMs: options.progressInterval,
    every: options.progressEvery,
    snapshot: () => report.snapshot(),
  });
  progress.start();
  try {
    const told = await job.run({
      options,
      files,
      layout,
      logger,
      report,
      stopped: shutdown.requested,
      checkStopped: () => shutdown.requested.throwIfAborted(),
      onAdvance: () => progress.advanced(),
    });
    progress.stop();
    print(told);
    return report.failed > 0 ? ExitCode.failed : ExitCode.done;
  } catch (error) {
    if (!shutdown.requested.aborted) throw error;
    return ExitCode.interrupted;
  } finally {
    progress.stop();
    shutdown.dispose();
    job.close();
    await files.close();
  }
}

/** Of the loose files or, where no run has remembered it, of the bundles. @throws UsageError */
function layoutOf(mirror: string, bundlesDir: string | undefined): Layout {
  const layout = readLayout(mirror) ?? (bundlesDir === undefined ? undefined : readLayout(bundlesDir));
  return layout ?? parseLayout('cargo');
}
