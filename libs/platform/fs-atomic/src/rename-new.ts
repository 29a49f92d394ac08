import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '@crates-mirror/errors';
import { rename } from './rename.ts';

/**
 * Gives a complete, flushed file its final name, durably: the directory is flushed as well. Never
 * replaces anything; the caller holds the lock that keeps other writers out.
 *
 * @throws CodedError if the target already exists; else the system's error
 */
export function renameNew(from: string, to: string): void {
  if (existsSync(to)) throw new CodedError('EEXIST', `${to} is there already`);
  rename(from, to);
  flushDirectory(dirname(to));
}

/**
 * Flushes a directory's entries to disk. Windows cannot open a directory to flush it; NTFS journals
 * names.
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
