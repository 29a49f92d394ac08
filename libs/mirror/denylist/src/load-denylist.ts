import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { readGivenFile } from '@crates-mirror/cli/given-file';
import { CodedError, errorCode, errorMessage, UsageError, unreadable } from '@crates-mirror/errors';
import type { Denylist } from './denylist.ts';
import { parseDenylist } from './parse-denylist.ts';

const LARGEST = 16 << 20;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads the denylist given on a command line, from a file or a pipe.
 * @throws UsageError if it cannot be used
 */
export function loadDenylist(path: string): Promise<Denylist> {
  return loaded(path, async () => parseBytes(readGivenFile('--deny', path)));
}

/**
 * Reads a denylist that is read again later, so it cannot be a pipe.
 * @throws UsageError if it cannot be used
 */
export function loadDenyFile(path: string): Promise<Denylist> {
  return loaded(path, () => readDenylist(path));
}

async function loaded(path: string, read: () => Promise<Denylist>): Promise<Denylist> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (errorCode(error) !== 'bad_denylist') throw unreadable('--deny', path, error);
    throw new UsageError(`--deny: ${path}: ${errorMessage(error)}`, {
      hint: 'docs/formats.md has the format',
    });
  }
}

/** @throws CodedError `bad_denylist` for invalid content, the system error if it is unreadable */
export async function readDenylist(path: string): Promise<Denylist> {
  // Opening a pipe would block.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new CodedError('bad_denylist', 'it is not a file');
    checkSize(stats.size);
    return await parseBytes(await file.readFile());
  } finally {
    await file.close();
  }
}

async function parseBytes(bytes: Buffer): Promise<Denylist> {
  checkSize(bytes.length);
  return parseDenylist(decode(bytes));
}

function checkSize(size: number): void {
  if (size > LARGEST) throw new CodedError('bad_denylist', `it has more than ${LARGEST} bytes`);
}

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new CodedError('bad_denylist', 'it is not UTF-8');
  }
}
