import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '@crates-mirror/errors';
import { rename } from './rename.ts';

/**
 * Gives a file that is complete and on disk its final name, for good: the directory is flushed too. Never replaces
 * anything; who calls it holds the lock that keeps other writers out.
 *
 * @throws CodedError when there is something already; else the system's error
 */
export function renameNew(from: string, to: string): void {
  if (existsSync(to)) throw new CodedError('EEXIST', `${to} is there already`);
  rename(from, to);
  flushDirectory(dirname(to));
}

/**
 * Brings to disk which files a directory has, and under which names. Windows cannot open a directory to flush it; NTFS keeps a
 * journal of names.
 *
 * @throws the system's error
 */
export function flushDirectory(path: string, platform: NodeJS.Platform = process.platform): void {
  if (platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
