import { ExitCode, listenForShutdown } from '@crates-mirror/cli';
import { CrateFiles } from '@crates-mirror/crate-files';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { type Layout, lockHome, parseLayout, readLayout } from '@crates-mirror/layout';
import { createLogger, type Logger, StatusLine } from '@crates-mirror/logging';
import { Progress } from '@crates-mirror/progress';
import { Signer } from '@crates-mirror/signing';
import { checkDirectory } from '../directories.ts';
import { openSnapshot } from '../index/open-snapshot.ts';
import type { PackOptions } from '../options.ts';
import { MANIFEST_NAME, SUMS_NAME, signatureName } from '../parcel/names.ts';
import { type Print, toStdout } from '../print.ts';
import { Report } from '../report.ts';
import { findBase } from '../state/base.ts';
import { carrierHome } from '../state/carrier-home.ts';
import { mirrorIdentity } from '../state/identity.ts';
import { type PackedParcel, rememberLast, rememberPacked } from '../state/packed.ts';
import { ParcelAgain } from './again.ts';
import { type BuiltParcel, buildParcel, type ParcelParts } from './build-parcel.ts';
import { Staging } from './staging.ts';
import { packJson, packText } from './summary.ts';

const INDEX_STATE = 'index-state.tsv';

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
  const { mirror, bundlesDir, to, since, gpgkey, passphraseFile } = options;
  const status = new StatusLine();
  const logger = loggerOf(options, status);
  const report = new Report(logger);
  const mirrorId = mirrorIdentity(mirror);
  const again = options.again === undefined ? undefined : ParcelAgain.open(mirror, to, options.again);
  const base = again === undefined ? findBase(mirror, mirrorId, since) : again.base;
  const signer = gpgkey === undefined ? undefined : await Signer.open(gpgkey, passphraseFile);
  const layout = layoutOf(mirror, bundlesDir);
  const files = new CrateFiles({
    mirror: { root: mirror, layout },
    bundlesDirectory: bundlesDir,
    onNote: (message) => logger.warn(message),
    // Told with the version that lacks it.
    onDamage: () => {},
  });
  const staging = Staging.open(to, (base?.manifest.sequence ?? 0) + 1, again === undefined);
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
    const snapshot = await openSnapshot({
      indexDir: options.indexDir,
      stateFile: staging.at(INDEX_STATE),
      tree: again?.tree,
      onNote: (message) => logger.warn(message),
    });
    const parts: ParcelParts = {
      mirror,
      mirrorId,
      snapshot,
      files,
      layout,
      base,
      packedAt: again?.packedAt ?? new Date(),
      volumeSize: again?.volumeSize ?? options.volumeSize,
      allowMassRemoval: again !== undefined || options.allowMassRemoval,
      isLeftOut: (wanted) => again?.wasNotHeld(wanted) === true,
      indexDir: options.indexDir,
      logger,
      report,
      checkStopped: () => shutdown.requested.throwIfAborted(),
      onAdvance: () => progress.advanced(),
    };
    const built = await buildParcel(parts, staging);
    if (again !== undefined) {
      const volume = again.take(staging, built, to);
      print(options.logFormat === 'json' ? `${JSON.stringify({ volume })}\n` : `Packed again: ${volume}\n`);
      return ExitCode.done;
    }
    if (built !== undefined) {
      if (signer !== undefined) await sign(staging, signer);
      await snapshot.keep(built.manifest.sequence);
      publish(mirror, staging, built, snapshot.stateFile);
    }
    progress.stop();
    print(summaryOf(options, report, { built, base, staging, isSigned: signer !== undefined }));
    return report.failed > 0 ? ExitCode.failed : ExitCode.done;
  } catch (error) {
    if (!shutdown.requested.aborted) throw error;
    return ExitCode.interrupted;
  } finally {
    progress.stop();
    shutdown.dispose();
    staging.discard();
    await files.close();
  }
}

/** The manifest for our tools, and the checksums for those who use no more than gpg and sha256sum. */
async function sign(staging: Staging, signer: Signer): Promise<void> {
  for (const name of [MANIFEST_NAME, SUMS_NAME]) {
    const armored = await signer.signFile(staging.at(name));
    writeFileAtomic(staging.at(signatureName(name)), armored, { durable: true });
  }
}

/** First what the next parcel needs, then the parcel: one without the other is no loss. */
function publish(mirror: string, staging: Staging, built: BuiltParcel, stateFile: string | undefined): void {
  const { id, manifest, notHeld } = built;
  rememberPacked(mirror, manifest.sequence, id, {
    manifest: staging.at(MANIFEST_NAME),
    notHeld,
    indexState: stateFile,
  });
  if (stateFile !== undefined) staging.remove(INDEX_STATE);
  staging.publish();
  rememberLast(mirror, manifest.sequence, id);
}

interface Outcome {
  readonly built: BuiltParcel | undefined;
  readonly base: PackedParcel | undefined;
  readonly staging: Staging;
  readonly isSigned: boolean;
}

function summaryOf(
  options: PackOptions,
  report: Report,
  { built, base, staging, isSigned }: Outcome,
): string {
  const told = {
    parcel: built === undefined ? undefined : staging.target,
    sequence: built?.manifest.sequence ?? base?.manifest.sequence ?? 0,
    id: built?.id ?? base?.id ?? '',
    volumes: built?.manifest.volumes.length ?? 0,
    isSigned,
  };
  return (options.logFormat === 'json' ? packJson : packText)(report, told);
}

function loggerOf({ logFormat, logLevel }: PackOptions, output: StatusLine): Logger {
  return createLogger({ tool: 'mirror-carrier', format: logFormat, level: logLevel, output });
}

/** Of the loose files or, where no run has remembered it, of the bundles. @throws UsageError */
function layoutOf(mirror: string, bundlesDir: string | undefined): Layout {
  const layout = readLayout(mirror) ?? (bundlesDir === undefined ? undefined : readLayout(bundlesDir));
  return layout ?? parseLayout('cargo');
}
