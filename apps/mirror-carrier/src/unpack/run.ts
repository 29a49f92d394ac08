import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ExitCode } from '@crates-mirror/cli';
import { CodedError, describeError, UsageError } from '@crates-mirror/errors';
import { findRepository } from '@crates-mirror/git-objects/find';
import { TrustedKeys } from '@crates-mirror/signing/trusted-keys';
import { type Run, withRun } from '@crates-mirror/tool-run';
import { checkDirectory } from '../directories.ts';
import type { UnpackOptions } from '../options.ts';
import { checkFiles, describeFlaws, type Flaw, sizeOf } from '../parcel/check-files.ts';
import { type FoundParcel, findParcels } from '../parcel/find-parcels.ts';
import { checkSignature } from '../parcel/signature.ts';
import { type Print, toStdout } from '../print.ts';
import { Report } from '../report.ts';
import { checkReceiptPlace } from '../state/receipt-place.ts';
import type { Received } from '../state/received.ts';
import { type ApplyContext, applyParcels } from './apply.ts';
import { chainOf } from './chain.ts';
import { FarRemovals } from './far-removals.ts';
import { destinationOf } from './receivers.ts';
import { unpackJson, unpackText } from './summary.ts';

/**
 * Unpacks parcels into a mirror.
 *
 * @returns the exit code
 * @throws UsageError before anything is changed
 */
export function runUnpack(options: UnpackOptions, print: Print = toStdout): Promise<number> {
  return withRun({ tool: 'mirror-carrier', ...options }, (run) => unpack(options, print, run));
}

async function unpack(options: UnpackOptions, print: Print, run: Run): Promise<number> {
  const { logger } = run;
  checkIndexDirectory(options);
  if (options.receiptOut !== undefined) checkReceiptPlace(options.receiptOut);
  const report = new Report(logger);
  const { receiver, record } = await destinationOf(options, logger);
  const received = await record.read();
  const next = await trustedParcels(options, received);
  report.totalBytes = next.reduce((sum, { manifest }) => sum + sizeOf(manifest), 0);
  const requested = run.listen((signal) => logger.info(`${signal}: stopping; the next run goes on`));
  const checkStopped = (): void => requested.throwIfAborted();
  const progress = run.progress(() => report.snapshot());
  progress.start();
  try {
    for (const parcel of next)
      await checkWhole(parcel, (count) => {
        checkStopped();
        report.bytes += count;
      });
    const context: ApplyContext = {
      options,
      receiver,
      record,
      removals: new FarRemovals(options, logger),
      stopped: requested,
      logger,
      report,
      checkStopped,
      onAdvance: () => progress.advanced(),
    };
    const end = await applyParcels(next, received, context);
    progress.stop();
    print((options.logFormat === 'json' ? unpackJson : unpackText)(report, end));
    return ExitCode.done;
  } catch (error) {
    if (!requested.aborted) throw error;
    return ExitCode.interrupted;
  }
}

/** The parcels to unpack, consecutive and signed by trusted keys. @throws UsageError */
async function trustedParcels(
  options: UnpackOptions,
  received: Received | undefined,
): Promise<readonly FoundParcel[]> {
  const { from, trust, mirror, bucket } = options;
  const { found, unreadable } = findParcels(from);
  const [bad] = unreadable;
  if (bad !== undefined) throw new UsageError(`${bad.name} ${bad.why}`);
  const keys = trust.length === 0 ? undefined : await TrustedKeys.open('--trust', trust);
  const known = new Set(received?.history ?? []);
  for (const parcel of found) {
    if (keys === undefined || known.has(parcel.id)) continue;
    await checkSignature(parcel, keys).catch((error: unknown) => {
      throw new UsageError(`${parcel.name} ${describeError(error)}`, { cause: error });
    });
  }
  try {
    return chainOf(found, received).next;
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    const status = `crates-mirror-carrier status --mirror ${mirror} --from ${from}`;
    const hint = error.hint ?? (bucket === undefined ? `See ${status}` : 'Name the parcels that follow it');
    throw new UsageError(error.message, { hint, cause: error });
  }
}

/** @throws UsageError if a file of the parcel is missing or damaged */
async function checkWhole(parcel: FoundParcel, onBytes: (count: number) => void): Promise<void> {
  const flaws: Flaw[] = [];
  for await (const flaw of checkFiles(parcel, onBytes)) flaws.push(flaw);
  if (flaws.length === 0) return;
  throw new UsageError(describeFlaws(parcel, flaws), {
    hint: 'Copy it again, or have it packed again',
  });
}

/**
 * Rejects a git repository unless --git is given: without it, index files are written one by one,
 * and in a repository only git may do that.
 *
 * @throws UsageError
 */
function checkIndexDirectory({ indexDir, git }: UnpackOptions): void {
  if (!existsSync(indexDir)) return;
  checkDirectory(indexDir, '--index-dir');
  const isRepository = existsSync(join(indexDir, '.git'));
  if (findRepository(resolve(indexDir))?.kind === 'bare')
    throw new UsageError(`--index-dir: ${indexDir} is a bare repository`, {
      hint: 'Name a directory for plain files; --git makes a repository of it',
    });
  if (isRepository && !git)
    throw new UsageError(`--index-dir: ${indexDir} is a git repository`, {
      hint: 'Give --git, so that it gets a commit for each parcel, or name another directory',
    });
}
