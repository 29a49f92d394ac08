import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAbsence, readError, stateOfPath } from '@crates-mirror/crate-files';
import { MAX_INDEX_FILE } from '@crates-mirror/crates-index';
import { CodedError } from '@crates-mirror/errors';

/** A link could lead anywhere, and a pipe would never end. */
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const NEWLINE = 0x0a;
const PAUSE_MS = 25;
/** How long a file may be out of place while git checks out another commit. */
const PATIENCE_MS = 2000;
/** A lock that is older was left by a git that has died, and says nothing of the files. */
const MAX_UPDATE_MS = 600_000;

export interface IndexFile {
  readonly content: Buffer;
  /** See stateOfPath. */
  readonly key: string;
  /** ms since the epoch */
  readonly changedAt: number;
}

/**
 * Reads an index file of a checkout that may be updated at the same time: git removes a file and writes it anew, so that
 * for a moment it is missing or torn. While git works (it holds `.git/index.lock`), such a file is waited for; if it stays
 * so, nobody can tell what the index says of the crate until git is done.
 *
 * @param path below the index root
 * @returns undefined when there is no such file
 * @throws CodedError where it cannot be read now
 */
export async function readSettled(root: string, path: string): Promise<IndexFile | undefined> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const file = await read(join(root, path));
    if (file?.content.at(-1) === NEWLINE) return file;
    // An update that was over before this look at the lock has put the file in place meanwhile.
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
  // The state comes first: if the file changes meanwhile, the next look sees another one.
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
