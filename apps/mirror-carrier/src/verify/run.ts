import { ExitCode } from '@crates-mirror/cli';
import { errorMessage } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import { formatBytes, formatCount, formatDuration } from '@crates-mirror/progress';
import { TrustedKeys } from '@crates-mirror/signing/trusted-keys';
import { type Run, withRun } from '@crates-mirror/tool-run';
import type { VerifyOptions } from '../options.ts';
import { checkFiles, sizeOf } from '../parcel/check-files.ts';
import { type FoundParcel, findParcels } from '../parcel/find-parcels.ts';
import { checkSignature, checkSumsSignature } from '../parcel/signature.ts';
import { type Print, toStdout } from '../print.ts';
import { Report } from '../report.ts';
import { failureLines } from '../summary.ts';
import { checkSums } from './check-sums.ts';

/** Checks parcels. @returns the exit code. @throws UsageError if there are none */
export function runVerify(options: VerifyOptions, print: Print = toStdout): Promise<number> {
  return withRun({ tool: 'mirror-carrier', ...options }, (run) => verify(options, print, run));
}

async function verify(options: VerifyOptions, print: Print, run: Run): Promise<number> {
  const { logger } = run;
  const report = new Report(logger);
  const { found, unreadable } = findParcels(options.from);
  const keys = options.trust.length === 0 ? undefined : await TrustedKeys.open('--trust', options.trust);
  for (const { name, why } of unreadable) report.fail(name, why);
  report.totalBytes = found.reduce((sum, { manifest }) => sum + sizeOf(manifest), 0);
  const requested = run.listen((signal) => logger.info(`${signal}: stopping`));
  const progress = run.progress(() => report.snapshot());
  progress.start();
  try {
    checkOrder(found, report);
    for (const parcel of found) {
      if (keys !== undefined) await checkSignatures(parcel, keys, report, logger);
      await checkParcel(parcel, report, () => requested.throwIfAborted());
    }
  } catch (error) {
    if (!requested.aborted) throw error;
    return ExitCode.interrupted;
  }
  progress.stop();
  print((options.logFormat === 'json' ? verifyJson : verifyText)(report, found.length, options));
  return report.failed > 0 ? ExitCode.failed : ExitCode.done;
}

async function checkSignatures(
  parcel: FoundParcel,
  keys: TrustedKeys,
  report: Report,
  logger: Logger,
): Promise<void> {
  try {
    const { userId, fingerprint } = await checkSignature(parcel, keys);
    logger.info(`${parcel.name} is signed by ${userId} (${fingerprint})`);
    await checkSumsSignature(parcel, keys);
  } catch (error) {
    report.fail(parcel.name, errorMessage(error));
  }
}

async function checkParcel(parcel: FoundParcel, report: Report, checkStopped: () => void): Promise<void> {
  const files = parcel.manifest.volumes.reduce((sum, volume) => sum + volume.files.length, 0);
  let flaws = 0;
  const onBytes = (count: number): void => {
    checkStopped();
    report.bytes += count;
  };
  for await (const { volume, path, what } of checkFiles(parcel, onBytes)) {
    flaws += 1;
    report.fail(`${parcel.name}/${path}`, `${what}: volume ${volume} must come again`);
  }
  report.done += files - flaws;
  for (const { path, what } of checkSums(parcel)) report.fail(`${parcel.name}/${path}`, what);
}

/** Each parcel must go on from the one before, of the same mirror. */
function checkOrder(found: readonly FoundParcel[], report: Report): void {
  for (const [i, { name, manifest }] of found.entries()) {
    const before = found[i - 1];
    if (before === undefined) continue;
    const isNext = before.manifest.sequence + 1 === manifest.sequence;
    if (manifest.mirror_id !== before.manifest.mirror_id)
      report.fail(name, `is of another mirror than ${before.name}`);
    else if (isNext && manifest.parent !== before.id) report.fail(name, `does not go on from ${before.name}`);
    else if (before.manifest.sequence === manifest.sequence)
      report.fail(name, `has the number of ${before.name}`);
    else if (!isNext)
      report.fail(name, `does not go on from ${before.name}: parcels between them are missing`);
  }
}

function verifyText(report: Report, parcels: number, { trust }: VerifyOptions): string {
  const elapsed = formatDuration(report.elapsedMs);
  const what = `${formatCount(parcels)} ${parcels === 1 ? 'parcel' : 'parcels'}`;
  const checked = `${formatCount(report.done)} files, ${formatBytes(report.bytes)}`;
  const signed = trust.length === 0 ? ' Signatures were not looked at: there was no --trust.' : '';
  const head =
    report.failed === 0
      ? `Verified ${what} in ${elapsed}: ${checked}.${signed}`
      : `Not all of ${what} is as it should be (${elapsed}; right: ${checked}).${signed}`;
  return `${[head, ...failureLines(report)].join('\n')}\n`;
}

function verifyJson(report: Report, parcels: number, { trust }: VerifyOptions): string {
  return `${JSON.stringify({
    parcels,
    files: report.done,
    bytes: report.bytes,
    signatures_checked: trust.length > 0,
    failed: report.failed,
    elapsed_ms: Math.round(report.elapsedMs),
    failures: report.firstFailures,
  })}\n`;
}
