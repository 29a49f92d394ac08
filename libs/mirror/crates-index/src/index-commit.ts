import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What state a checkout of the index is in. */
export interface IndexCommit {
  /** object name in hex */
  readonly hash: string;
  /** when it was committed, s since the epoch */
  readonly timestamp: number;
}

const PATIENCE_MS = 10_000;

/**
 * The commit that an index checkout is at; undefined where it is no git repository, or there is no git. The repository
 * is named outright: git would otherwise take one that `directory` happens to be inside of.
 */
export async function readIndexCommit(directory: string): Promise<IndexCommit | undefined> {
  const gitDirectory = `--git-dir=${join(directory, '.git')}`;
  try {
    const { stdout } = await promisify(execFile)(
      'git',
      [gitDirectory, 'show', '--no-patch', '--no-show-signature', '--format=%H %ct', 'HEAD'],
      { timeout: PATIENCE_MS, windowsHide: true },
    );
    const match = /^([0-9a-f]{40,64}) (\d+)\n$/.exec(stdout);
    return match === null ? undefined : { hash: match[1] as string, timestamp: Number(match[2]) };
  } catch {
    return undefined;
  }
}
