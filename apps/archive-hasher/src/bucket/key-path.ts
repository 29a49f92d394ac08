import { type BytePath, toBytePath } from '../byte-path.ts';

const MAX_PATH = 16_000;

/** The path of an object's key, or why it has none. */
export type KeyPath =
  | { readonly path: BytePath; readonly reason: undefined }
  | { readonly path: BytePath; readonly reason: string };

/** @param key relative to the hashed prefix */
export function pathOfKey(key: string): KeyPath {
  const path = toBytePath(key);
  return { path, reason: reasonAgainst(key, path) };
}

/** A file system has no such file, and no archive or checksum file could name it. */
function reasonAgainst(key: string, path: BytePath): string | undefined {
  if (key.endsWith('/')) return 'its key ends in a slash';
  const isNoPath = key.split('/').some((name) => name === '' || name === '.' || name === '..');
  if (isNoPath || key.includes('\0')) return 'its key is no path';
  return path.length > MAX_PATH ? `its path has more than ${MAX_PATH} bytes` : undefined;
}
