import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAbsence, readError, stateOfPath } from '@crates-mirror/crate-files';
import { MAX_INDEX_FILE } from '@crates-mirror/crates-index';
import { CodedError } from '@crates-mirror/errors';

/** Flags for untrusted files: a link could lead anywhere, and reading a pipe would block. */
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NEWLINE = 0x0a;
const PAUSE_MS = 25;
/** How long to wait for a file to reappear while git checks out another commit. */
const PATIENCE_MS = 2000;
/** An older lock was left by a git process that died, so it says nothing about the files. */
const MAX_UPDATE_MS = 600_000;

export interface IndexFile {
  readonly content: Buffer;
  /** See stateOfPath. */
  readonly key: string;
  /** ms since the epoch */
  readonly changedAt: number;
}

/**
 * Reads an index file of a checkout that may be updated at the same time. git removes a file and
 * writes it again, so it is briefly missing or incomplete. While git works (it holds
 * `.git/index.lock`), this waits for such a file. If it stays missing or incomplete, the content of
 * the index is unknown until git has finished.
 *
 * @param path below the index root
 * @returns undefined if there is no such file
 * @throws CodedError if it cannot be read now
 */
export async function readStable(root: string, path: string): Promise<IndexFile | undefined> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const file = await read(join(root, path));
    if (file?.content.at(-1) === NEWLINE) return file;
    // If an update ended before the lock was checked, the file is in place now.
    if (!(await isBeingUpdated(root))) return read(join(root, path));
    if (performance.now() > giveUpAt)
      throw new CodedError(
        'unreadable',
        `${join(root, path)} is missing or torn while git updates the index`,
      );
    await sleep(PAUSE_MS);
  }
}

async function isBeingUpdated(root: string): Promise<boolean> {
  return stat(join(root, '.git/index.lock')).then(
    ({ mtimeMs }) => Date.now() - mtimeMs < MAX_UPDATE_MS,
    () => false,
  );
}

async function read(path: string): Promise<IndexFile | undefined> {
  // The state is taken first: if the file changes meanwhile, the next check notices it.
  const { key, changedAt } = await stateOfPath(path);
  if (key === 'none') return undefined;
  let file: FileHandle | undefined;
  try {
    file = await open(path, SAFELY);
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MAX_INDEX_FILE) return undefined;
    return { content: await file.readFile(), key, changedAt };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw readError(path, error);
  } finally {
    await file?.close();
  }
}
