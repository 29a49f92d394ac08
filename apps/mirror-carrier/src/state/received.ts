import { readFileSync } from 'node:fs';
import { errorCode, UsageError, unreadable } from '@crates-mirror/errors';
import { makeDirectories, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { parseObject } from '../parcel/json.ts';
import { carrierHome } from './carrier-home.ts';
import { parseReceipt, type Receipt } from './receipt.ts';

/**
 * What a mirror has received: the receipt of the last parcel, and the SHA-256 of the manifests of
 * all parcels up to it.
 */
export interface Received {
  readonly receipt: Receipt;
  /** Oldest first. */
  readonly history: readonly string[];
}

/**
 * @returns undefined for a mirror that has received nothing
 * @throws UsageError if the record cannot be read
 */
export function readReceived(mirror: string): Received | undefined {
  const { receivedFile } = carrierHome(mirror);
  let text: string;
  try {
    text = readFileSync(receivedFile, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw unreadable('--mirror', receivedFile, error);
  }
  const receipt = parseReceipt(text);
  const { history } = parseObject(text);
  if (receipt !== undefined && Array.isArray(history) && history.every(isSha256Hex))
    return { receipt, history };
  throw new UsageError(`${receivedFile} is damaged: what this mirror has received is not known`, {
    hint: 'Remove it and unpack all parcels again from the first, or from one that was packed by --since none',
  });
}

/** Records a parcel as received. The record is durable on disk when this returns. */
export function writeReceived(mirror: string, { receipt, history }: Received): void {
  const { directory, receivedFile } = carrierHome(mirror);
  makeDirectories(directory);
  const text = JSON.stringify({ ...receipt, history }, undefined, 1);
  writeFileAtomic(receivedFile, `${text}\n`, { durable: true });
}
