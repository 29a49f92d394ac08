import type { ListedEntry } from '../bucket/listed-objects.ts';
import { type BytePath, bytesOf, textOf } from '../byte-path.ts';
import { formatTime } from '../mtime.ts';
import type { Completed } from '../tree/tree-hasher.ts';

/** One item of an inventory, for YAML and TOML. */
export type Fields = Record<string, string | number>;

/** @param mtimeNs replaces the entry's own mtime, if given */
export function entryFields(entry: Completed, mtimeNs: bigint | undefined): Fields {
  const mtime = formatTime(mtimeNs ?? entry.mtimeNs);
  if (entry.kind === 'symlink')
    return { ...pathFields('path', entry.path), ...pathFields('symlink', entry.target), mtime };
  const { size, sha256, blake3, problem } = entry;
  const fields = { ...pathFields('path', entry.path), size, mtime, sha256, blake3 };
  return problem === undefined ? fields : { ...fields, problem };
}

/** An object whose content was not read: its checksum, and who has determined it. */
export function listedFields(entry: ListedEntry, mtimeNs: bigint | undefined): Fields {
  const { path, size, sha256, sha256From = 'none', problem } = entry;
  const mtime = formatTime(mtimeNs ?? entry.mtimeNs);
  const checksum = sha256 === undefined ? { sha256From: 'none' } : { sha256, sha256From };
  const fields = { ...pathFields('path', path), size, mtime, ...checksum };
  return problem === undefined ? fields : { ...fields, problem };
}

export function skippedFields(path: BytePath, reason: string): Fields {
  return { ...pathFields('path', path), reason };
}

/**
 * Bytes as text, or if they are not UTF-8, as `KEYBase64`: YAML, TOML and JSON cannot represent
 * them otherwise.
 */
export function pathFields(key: string, path: BytePath): Fields {
  const text = textOf(path);
  return text === undefined ? { [`${key}Base64`]: bytesOf(path).toString('base64') } : { [key]: text };
}
