import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { remainderOf } from '@crates-mirror/fs-atomic';
import { MANIFEST_NAME } from '../parcel/names.ts';

/** So many parcels are remembered: for a receiver that is at none of them, a chain begins anew with everything. */
export const REMEMBERED = 50;
const RECORD = /^parcel-\d{4,8}-[0-9a-f]{16}$/;

/**
 * Removes what is remembered of parcels that were neither packed nor gone on from for long, and of all but the last what only
 * `--again` needs. The caller holds the carrier's lock.
 *
 * @param last the record of the parcel packed last, which is never removed
 * @returns the records that were removed
 */
export function forgetPacked(directory: string, last: string, volumes: string): string[] {
  const names = readdirSync(directory);
  // The lock keeps out others that remember parcels of this mirror.
  for (const name of names)
    if (RECORD.test(remainderOf(name) ?? '')) rmSync(join(directory, name), { recursive: true });
  const records = names
    .filter((name) => RECORD.test(name) && name !== last)
    .map((name) => ({ name, usedAt: timeOf(join(directory, name, MANIFEST_NAME)) }))
    .sort((a, b) => b.usedAt - a.usedAt || (a.name < b.name ? 1 : -1));
  for (const { name } of records) rmSync(join(directory, name, volumes), { recursive: true, force: true });
  const old = records.slice(REMEMBERED - 1);
  for (const { name } of old) rmSync(join(directory, name), { recursive: true });
  return old.map(({ name }) => name);
}

/** When a parcel was packed or gone on from, ms since the epoch. A record whose time is not known is taken for a new one. */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
