import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { CodedError, errorCode, errorMessage, UsageError, unreadable } from '@crates-mirror/errors';
import type { Denylist } from './denylist.ts';
import { parseDenylist } from './parse-denylist.ts';

const LARGEST = 16 << 20;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Reads the denylist given on a command line. @throws UsageError if it cannot be used */
export async function loadDenylist(path: string): Promise<Denylist> {
  try {
    return await readDenylist(path);
  } catch (error) {
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
    if (stats.size > LARGEST) throw new CodedError('bad_denylist', `it has more than ${LARGEST} bytes`);
    const bytes = await file.readFile();
    return await parseDenylist(decode(bytes));
  } finally {
    await file.close();
  }
}

function decode(bytes: Buffer): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new CodedError('bad_denylist', 'it is not UTF-8');
  }
}
