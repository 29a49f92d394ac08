import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { errorCode, UsageError, unreadable } from '@crates-mirror/errors';
import { makeDirectories, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { isUuid, parseObject } from '../parcel/json.ts';
import { FORMAT_VERSION } from '../parcel/manifest.ts';
import { carrierHome } from './carrier-home.ts';

/**
 * The id of a mirror whose parcels are packed, created on first use. The caller holds the carrier's
 * lock.
 *
 * @throws UsageError
 */
export function mirrorIdentity(mirror: string): string {
  const { directory, identityFile } = carrierHome(mirror);
  const known = readIdentity(identityFile);
  if (known !== undefined) return known;
  const id = randomUUID();
  makeDirectories(directory);
  const text = JSON.stringify({ format_version: FORMAT_VERSION, mirror_id: id });
  writeFileAtomic(identityFile, `${text}\n`, { durable: true });
  return id;
}

function readIdentity(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unreadable('--mirror', path, error);
  }
  const id = parseObject(text)['mirror_id'];
  if (isUuid(id)) return id;
  throw new UsageError(`${path} is damaged`, {
    hint: 'Put it back from a copy; or remove it, to begin a new chain of parcels by --since none',
  });
}
