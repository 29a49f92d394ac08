import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { remainderOf } from '@crates-mirror/fs-atomic';
import { MANIFEST_NAME } from '../parcel/names.ts';

/**
 * Number of parcels that are remembered. A receiver whose last parcel is older needs a new chain
 * with everything.
 */
export const REMEMBERED = 50;
const RECORD = /^parcel-\d{4,8}-[0-9a-f]{16}$/;

/**
 * Removes records of parcels that have long been neither packed nor used as a base. From all
 * records but the last, also removes the data that only `--again` needs. The caller holds the
 * carrier's lock.
 *
 * @param last the record of the parcel packed last, which is never removed
 * @returns the records that were removed
 */
export function forgetPacked(directory: string, last: string, volumes: string): string[] {
  const names = readdirSync(directory);
  // The lock guarantees that no other run is writing such a record.
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

/**
 * When a parcel was packed or last used as a base, ms since the epoch. A record without a known
 * time counts as new.
 */
function timeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
