import { isSha256Hex } from '@crates-mirror/hashing';
import { type BytePath, toBytePath } from '../byte-path.ts';

const NO_DIGEST = 'has no SHA-256 or no BLAKE3';

/** A file in an inventory. */
export interface ExpectedFile {
  readonly kind: 'file';
  readonly path: BytePath;
  readonly size: number;
  /** undefined if nobody knew it when the inventory was made */
  readonly sha256: string | undefined;
  /** undefined if the content was not read when the inventory was made */
  readonly blake3: string | undefined;
  /** Whether the inventory marks the digests as possibly different from the file. */
  readonly isDoubtful: boolean;
}

/** An entry of an inventory. */
export type Expected =
  | ExpectedFile
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
  const { size } = fields;
  if (!Number.isSafeInteger(size) || (size as number) < 0) return 'has no size';
  const digests = digestsOf(fields);
  if (typeof digests === 'string') return digests;
  const isDoubtful = fields['problem'] !== undefined;
  return { kind: 'file', path, size: size as number, ...digests, isDoubtful };
}

/** An entry by listing tells where its SHA-256 is from, and whether it has one. */
function digestsOf({
  sha256,
  blake3,
  sha256From,
}: Readonly<Record<string, unknown>>): Pick<ExpectedFile, 'sha256' | 'blake3'> | string {
  if (sha256From === 'none' && sha256 === undefined) return { sha256, blake3: undefined };
  if (!isSha256Hex(sha256)) return sha256From === undefined ? NO_DIGEST : 'has no SHA-256';
  if (blake3 === undefined && (sha256From === 'store' || sha256From === 'uploader'))
    return { sha256, blake3 };
  // A BLAKE3 digest has the same form.
  return isSha256Hex(blake3) ? { sha256, blake3 } : NO_DIGEST;
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
