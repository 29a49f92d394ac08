import { isSha256Hex } from '@crates-mirror/hashing';
import { type BytePath, toBytePath } from '../byte-path.ts';

/** An entry of an inventory. */
export type Expected =
  | {
      readonly kind: 'file';
      readonly path: BytePath;
      readonly size: number;
      readonly sha256: string;
      readonly blake3: string;
      /** Whether the inventory marks the digests as possibly different from the file. */
      readonly isDoubtful: boolean;
    }
  | { readonly kind: 'symlink'; readonly path: BytePath; readonly target: BytePath };

/**
 * @returns a phrase describing the error if the entry is invalid; it follows the entry's name
 */
export function parseEntry(item: unknown): Expected | string {
  if (typeof item !== 'object' || item === null) return 'is no mapping';
  const fields = item as Readonly<Record<string, unknown>>;
  const path = bytePath(fields, 'path');
  if (path === undefined || path === '') return 'has no path';
  const target = bytePath(fields, 'symlink');
  if (target !== undefined) return { kind: 'symlink', path, target };
  const { size, sha256, blake3 } = fields;
  if (!Number.isSafeInteger(size) || (size as number) < 0) return 'has no size';
  // A BLAKE3 digest has the same form.
  if (!isSha256Hex(sha256) || !isSha256Hex(blake3)) return 'has no SHA-256 or no BLAKE3';
  const isDoubtful = fields['problem'] !== undefined;
  return { kind: 'file', path, size: size as number, sha256, blake3, isDoubtful };
}

/** Parses an item of the list of skipped paths, as {@link parseEntry} does. */
export function parseSkipped(item: unknown): { readonly path: BytePath } | string {
  if (typeof item !== 'object' || item === null) return 'is no mapping';
  const path = bytePath(item as Readonly<Record<string, unknown>>, 'path');
  return path === undefined || path === '' ? 'has no path' : { path };
}

/** Reads `KEY` as text, or `KEYBase64`. */
export function bytePath(fields: Readonly<Record<string, unknown>>, key: string): BytePath | undefined {
  const text = fields[key];
  if (typeof text === 'string') return toBytePath(text);
  const encoded = fields[`${key}Base64`];
  return typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString('latin1') : undefined;
}
