import { join } from 'node:path';
import { UsageError } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import {
  checkMarker,
  type Layout,
  lockHome,
  mirrorHome,
  parseLayout,
  prepareHome,
} from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { checkMassRemoval } from '../index/mass-removal.ts';
import { mirrorName, type UnpackOptions } from '../options.ts';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { receiptName } from '../parcel/names.ts';
import type { Report } from '../report.ts';
import { encodeReceipt, receiptFor } from '../state/receipt.ts';
import type { Received, ReceivedRecord } from '../state/received.ts';
import { applyIndex } from './apply-index.ts';
import { applySidecars, checkSidecars, hasSidecars } from './apply-sidecars.ts';
import type { CrateReceiver } from './crate-receiver.ts';
import type { FarRemovals } from './far-removals.ts';
import { commitIndex } from './index-repository.ts';
import type { UnpackEnd } from './summary.ts';

export interface ApplyContext {
  readonly options: UnpackOptions;
  readonly receiver: CrateReceiver;
  readonly record: ReceivedRecord;
  readonly removals: FarRemovals;
  readonly logger: Logger;
  readonly report: Report;
  /** Aborted if the user has requested a stop. */
  readonly stopped: AbortSignal;
  /** Throws if the user has requested a stop. */
  readonly checkStopped: () => void;
  readonly onAdvance: () => void;
}

/**
 * Applies verified parcels one after the other: first the crate files, then the index, then the
 * removal of crate files, then the record of the parcel.
 *
 * @param before what the mirror had received when the parcels were selected
 * @throws UsageError before anything is changed; FatalError
 */
export async function applyParcels(
  parcels: readonly FoundParcel[],
  before: Received | undefined,
  context: ApplyContext,
): Promise<UnpackEnd> {
  const { options, receiver, removals } = context;
  const [first] = parcels;
  checkSidecars(parcels, options.sidecars, before?.receipt.sidecars === true);
  if (first !== undefined) await check(parcels, first, context);
  const locks = [lockHome(options.mirror, '--mirror')];
  try {
    locks.push(lockHome(options.indexDir, '--index-dir'));
    const { sidecars } = options;
    if (sidecars !== undefined)
      locks.push(lockHome(sidecars, '--sidecars', mirrorHome(sidecars).sidecarLockFile));
    await checkIsLast(before, context);
    let received = before;
    if (first !== undefined) {
      await open(parcels, first, context);
      // Now no other machine can write to a store either.
      await checkIsLast(before, context);
      removals.complete();
    }
    for (const parcel of parcels) received = await apply(parcel, received, context);
    return { received, parcels: parcels.length, receiptFile: writeReceipt(options, received) };
  } finally {
    await receiver.close();
    for (const lock of locks) lock.release();
  }
}

/** Checks everything that can be checked before anything is written. @throws UsageError */
async function check(
  parcels: readonly FoundParcel[],
  first: FoundParcel,
  { options, receiver, removals, stopped }: ApplyContext,
): Promise<void> {
  const layout = layoutOf(first);
  for (const parcel of parcels)
    if (parcel.manifest.layout !== first.manifest.layout)
      throw new UsageError(`${parcel.name} has another layout than ${first.name}`, {
        hint: 'Unpack it into a new mirror',
      });
  checkMarker(options.mirror, layout);
  receiver.check(parcels, layout);
  for (const { manifest } of options.allowMassRemoval ? [] : parcels) {
    const { index_before, totals } = manifest;
    if (index_before !== null)
      checkMassRemoval(totals.index_files_removed, index_before.files, `index files in ${options.indexDir}`);
  }
  await removals.check(parcels, layout, stopped);
}

/** @throws UsageError if another run has unpacked a parcel since the parcels were selected */
async function checkIsLast(before: Received | undefined, { options, record }: ApplyContext): Promise<void> {
  if ((await record.read())?.receipt.parcel === before?.receipt.parcel) return;
  throw new UsageError(`another run has just unpacked a parcel into ${mirrorName(options)}`, {
    hint: 'Run again',
  });
}

async function open(
  parcels: readonly FoundParcel[],
  first: FoundParcel,
  { options, receiver }: ApplyContext,
): Promise<void> {
  const home = mirrorHome(options.mirror);
  const layout = layoutOf(first);
  prepareHome(home, layout, [home.temporaryDirectory, home.ledgerDirectory]);
  await receiver.open(parcels, layout);
}

function layoutOf({ manifest }: FoundParcel): Layout {
  return parseLayout(manifest.layout);
}

/** @returns what the mirror has received so far */
async function apply(
  parcel: FoundParcel,
  before: Received | undefined,
  { options, receiver, record, removals, stopped, logger, report, checkStopped, onAdvance }: ApplyContext,
): Promise<Received> {
  checkStopped();
  await receiver.receive(parcel, ({ done, existing }) => {
    report.done += done;
    report.existing += existing;
    onAdvance();
    checkStopped();
  });
  removals.takeBack(parcel);
  const { written, removed } = await applyIndex(parcel, options.indexDir, checkStopped);
  report.indexFiles += written.length;
  report.indexFilesRemoved += removed.length;
  report.notHeld = parcel.manifest.totals.not_held;
  await receiveSidecars(parcel, options, { report, logger, checkStopped });
  await receiver.publishIndex(parcel, stopped);
  if (options.git) await commitIndex(options.indexDir, parcel.manifest);
  report.removals += await removals.apply(parcel, layoutOf(parcel), () => stopped.aborted);
  checkStopped();
  const hasThem = hasSidecars(parcel, options.sidecars, before?.receipt.sidecars === true);
  const receipt = receiptFor(parcel.manifest, parcel.id, new Date(), hasThem);
  const received = { receipt, history: [...(before?.history ?? []), parcel.id] };
  await record.write(received);
  logger.debug(`${parcel.name} is unpacked`);
  return received;
}

async function receiveSidecars(
  parcel: FoundParcel,
  { sidecars }: UnpackOptions,
  { report, logger, checkStopped }: Pick<ApplyContext, 'report' | 'logger' | 'checkStopped'>,
): Promise<void> {
  if (parcel.manifest.sidecars === undefined) return;
  if (sidecars === undefined) {
    logger.warn(`the sidecars of ${parcel.name} are left out: --sidecars is not given`);
    return;
  }
  const { written, removed } = await applySidecars(parcel, sidecars, checkStopped);
  report.sidecars += written.length;
  report.sidecarsRemoved += removed.length;
}

/** @returns the path of the receipt */
function writeReceipt({ receiptOut }: UnpackOptions, received: Received | undefined): string | undefined {
  if (received === undefined) return undefined;
  const path = receiptOut ?? join('.', receiptName(received.receipt.sequence));
  writeFileAtomic(path, encodeReceipt(received.receipt));
  return path;
}
