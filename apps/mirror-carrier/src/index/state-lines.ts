import { type Entry, parseIndexFile } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { readLines } from '@crates-mirror/lines';
import { CONFIG_FILE } from './carried-files.ts';

/** Maximum length of a line in bytes. The crate with the most versions has some thousand. */
const MAX_LINE = 8 << 20;
/** Hex digits of a digest that identify an entry. */
const KEY_LENGTH = 16;

/** The recorded state of an index file: `path TAB size TAB mtime TAB content TAB entries`. */
export interface FileState {
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** ms since the epoch; 0 if the file could still change without a new mtime */
  readonly mtimeMs: number;
  /** SHA-256 of the content. */
  readonly sha256: string;
  /** The concatenated keys of all entries. */
  readonly keys: string;
}

export function stateOfContent(path: string, content: Buffer, size: number, mtimeMs: number): FileState {
  const entries = path === CONFIG_FILE ? [] : parseIndexFile(content, path).entries;
  return { path, size, mtimeMs, sha256: sha256Hex(content), keys: entries.map(keyOf).join('') };
}

export function encodeState({ path, size, mtimeMs, sha256, keys }: FileState): string {
  return `${path}\t${size}\t${mtimeMs}\t${sha256}\t${keys}\n`;
}

/** The states in a file, in the order of the walk. @returns undefined for a malformed line */
export function* readStates(path: string): Generator<FileState | undefined> {
  for (const { text, isTooLong } of readLines(path, MAX_LINE)) {
    const [file, size, mtimeMs, sha256, keys] = text.split('\t');
    const isWhole = !isTooLong && file !== undefined && sha256?.length === 64 && keys !== undefined;
    yield isWhole ? { path: file, size: Number(size), mtimeMs: Number(mtimeMs), sha256, keys } : undefined;
  }
}

/** Whether a state has this entry, with the same checksum. */
export function hasEntry({ keys }: FileState, entry: Pick<Entry, 'version' | 'cksum'>): boolean {
  const key = keyOf(entry);
  for (let at = keys.indexOf(key); at !== -1; at = keys.indexOf(key, at + 1))
    if (at % KEY_LENGTH === 0) return true;
  return false;
}

function keyOf({ version, cksum }: Pick<Entry, 'version' | 'cksum'>): string {
  return sha256Hex(`${version} ${cksum}`).slice(0, KEY_LENGTH);
}
