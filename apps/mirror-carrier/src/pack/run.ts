import { ExitCode } from '@crates-mirror/cli';
import { CrateFiles } from '@crates-mirror/crate-files';
import { type Layout, lockHome, parseLayout, readLayout } from '@crates-mirror/layout';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { checkDirectory } from '../directories.ts';
import type { PackOptions } from '../options.ts';
import { type Print, toStdout } from '../print.ts';
import { Report } from '../report.ts';
import { carrierHome } from '../state/carrier-home.ts';
import { VolumeAgain } from './again.ts';
import { NewParcel } from './new-parcel.ts';

/**
 * Packs what has changed since a receipt.
 *
 * @returns the exit code
 * @throws UsageError before anything is published
 */
export function runPack(options: PackOptions, print: Print = toStdout): Promise<number> {
  return withRun({ tool: 'mirror-carrier', ...options }, (run) => {
    const { mirror, bundlesDir, sidecars } = options;
    checkDirectory(mirror, '--mirror');
    if (sidecars !== undefined) checkDirectory(sidecars, '--sidecars');
    if (bundlesDir !== undefined) checkDirectory(bundlesDir, '--bundles-dir');
    const lock = lockHome(mirror, '--mirror', carrierHome(mirror).lockFile);
    run.defer(() => lock.release());
    return packLocked(options, print, run);
  });
}

async function packLocked(options: PackOptions, print: Print, run: Run): Promise<number> {
  const { mirror, bundlesDir } = options;
  const { logger } = run;
  const report = new Report(logger);
  const layout = layoutOf(mirror, bundlesDir);
  const job = options.again === undefined ? await NewParcel.open(options, layout) : VolumeAgain.open(options);
  run.defer(() => job.close());
  const files = new CrateFiles({
    mirror: { root: mirror, layout },
    bundlesDirectory: bundlesDir,
    onNote: (message) => logger.warn(message),
    // Reported with the affected version.
    onDamage: () => {},
  });
  run.defer(() => files.close());
  const requested = run.listen((signal) => logger.info(`${signal}: stopping; nothing is published`));
  const progress = run.progress(() => report.snapshot());
  progress.start();
  try {
    const summary = await job.run({
      options,
      files,
      layout,
      logger,
      report,
      stopped: requested,
      checkStopped: () => requested.throwIfAborted(),
      onAdvance: () => progress.advanced(),
    });
    progress.stop();
    print(summary);
    return report.failed > 0 ? ExitCode.failed : ExitCode.done;
  } catch (error) {
    if (!requested.aborted) throw error;
    return ExitCode.interrupted;
  }
}

/**
 * The layout of the loose files, or if no run has recorded it, of the bundles.
 *
 * @throws UsageError
 */
function layoutOf(mirror: string, bundlesDir: string | undefined): Layout {
  const layout = readLayout(mirror) ?? (bundlesDir === undefined ? undefined : readLayout(bundlesDir));
  return layout ?? parseLayout('cargo');
}
