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

/** Where a mirror keeps the record of what it has received. */
export interface ReceivedRecord {
  /**
   * @returns undefined for a mirror that has received nothing
   * @throws UsageError if the record cannot be read
   */
  read(): Promise<Received | undefined>;
  /** Replaces the record. It is durable when this resolves. */
  write(received: Received): Promise<void>;
}

/** The record of a mirror in a directory. */
export function localRecord(mirror: string): ReceivedRecord {
  return {
    read: async () => readReceived(mirror),
    write: async (received) => {
      const { directory, receivedFile } = carrierHome(mirror);
      makeDirectories(directory);
      writeFileAtomic(receivedFile, encodeReceived(received), { durable: true });
    },
  };
}

/**
 * @returns undefined for a mirror that has received nothing
 * @throws UsageError if the record cannot be read
 */
export function readReceived(mirror: string): Received | undefined {
  const { receivedFile } = carrierHome(mirror);
  try {
    return parseReceived(readFileSync(receivedFile, 'utf8'), receivedFile);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw unreadable('--mirror', receivedFile, error);
  }
}

/** @param where the record is, for messages @throws UsageError */
export function parseReceived(text: string, where: string): Received {
  const receipt = parseReceipt(text);
  const { history } = parseObject(text);
  if (receipt !== undefined && Array.isArray(history) && history.every(isSha256Hex))
    return { receipt, history };
  throw new UsageError(`${where} is damaged: what this mirror has received is not known`, {
    hint: 'Remove it and unpack all parcels again from the first, or from one that was packed by --since none',
  });
}

export function encodeReceived({ receipt, history }: Received): string {
  return `${JSON.stringify({ ...receipt, history }, undefined, 1)}\n`;
}
