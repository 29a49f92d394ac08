import { basename } from 'node:path';
import { parseIndexFile } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { readLines } from '@crates-mirror/lines';
import { CONFIG_FILE } from './carried-files.ts';
import { entryKey } from './entries-before.ts';

/** Maximum length of a line in bytes. The crate with the most versions has some thousand. */
const MAX_LINE = 8 << 20;

/**
 * The recorded state of an index file: `path TAB size TAB mtime TAB content TAB entries TAB name`.
 */
export interface FileState {
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** ms since the epoch; 0 if the file could still change without a new mtime */
  readonly mtimeMs: number;
  /** SHA-256 of the content. */
  readonly sha256: string;
  /** The keys of all entries, separated by spaces. */
  readonly keys: string;
  /** The crate's name, as the index spells it. Written only if it differs from the file's name. */
  readonly name: string;
}

export function stateOfContent(path: string, content: Buffer, size: number, mtimeMs: number): FileState {
  const entries = path === CONFIG_FILE ? [] : parseIndexFile(content, path).entries;
  const name = entries[0]?.name ?? basename(path);
  return { path, size, mtimeMs, sha256: sha256Hex(content), keys: entries.map(entryKey).join(' '), name };
}

export function encodeState({ path, size, mtimeMs, sha256, keys, name }: FileState): string {
  const spelling = name === basename(path) ? '' : `\t${name}`;
  return `${path}\t${size}\t${mtimeMs}\t${sha256}\t${keys}${spelling}\n`;
}

/** The states in a file, in the order of the walk. @returns undefined for a malformed line */
export function* readStates(path: string): Generator<FileState | undefined> {
  for (const { text, isTooLong } of readLines(path, MAX_LINE)) {
    const [file, size, mtimeMs, sha256, keys, name] = text.split('\t');
    const isWhole = !isTooLong && file !== undefined && sha256?.length === 64 && keys !== undefined;
    yield isWhole
      ? {
          path: file,
          size: Number(size),
          mtimeMs: Number(mtimeMs),
          sha256,
          keys,
          name: name ?? basename(file),
        }
      : undefined;
  }
}
