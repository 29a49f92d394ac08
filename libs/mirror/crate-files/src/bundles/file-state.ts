import { stat } from 'node:fs/promises';

/** The state of a file when it was last checked. */
export interface FileState {
  readonly inode: number;
  /** bytes */
  readonly size: number;
  /** ms since the epoch */
  readonly mtimeMs: number;
}

/** @throws the system's error */
export async function stateOf(path: string): Promise<FileState> {
  const { ino, size, mtimeMs } = await stat(path);
  return { inode: ino, size, mtimeMs };
}

export function isSameState(a: FileState, b: FileState): boolean {
  return a.inode === b.inode && a.size === b.size && a.mtimeMs === b.mtimeMs;
}
