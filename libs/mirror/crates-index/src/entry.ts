import { isCrateName, versionFlaw } from './names.ts';
import { repeatedKey } from './repeated-key.ts';

/** The fields of an index line that mirroring needs. */
export interface Entry {
  readonly name: string;
  /** The full version string including build metadata; the key of a version. */
  readonly version: string;
  /** SHA-256 of the crate file, 64 lower-case hex digits. */
  readonly cksum: string;
  readonly yanked: boolean;
  /** Whether the line has fields that cargo does not define. */
  readonly hasOtherFields: boolean;
  /** 1-based line in its index file. */
  readonly line: number;
  /** Start and end of the line in its file, bytes; includes the line's own white space. */
  readonly start: number;
  readonly end: number;
}

/**
 * The fields that cargo defines (The Cargo Book, "Index Format"), and `pubtime`, which crates.io
 * has written since 2025.
 */
const KNOWN_FIELDS: readonly string[] = [
  'name',
  'vers',
  'deps',
  'cksum',
  'features',
  'yanked',
  'links',
  'v',
  'features2',
  'rust_version',
  'pubtime',
];

/** The content of a line, regardless of its position. */
export type ParsedEntry = Omit<Entry, 'line' | 'start' | 'end'>;

/**
 * Fields that must not be repeated, because readers would disagree: serde rejects such a line,
 * `JSON.parse` takes the last value.
 */
const DECISIVE_FIELDS: ReadonlySet<string> = new Set(['name', 'vers', 'cksum', 'yanked']);

const CKSUM = /^[0-9a-f]{64}$/i;
const MAX_QUOTE = 80;

/** Parses one line. @returns the entry, or a phrase that describes the error in the line */
export function parseEntry(text: string): ParsedEntry | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `not JSON: ${quote(text)}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `not a JSON object: ${quote(text)}`;
  const repeated = repeatedKey(text, DECISIVE_FIELDS);
  if (repeated !== undefined) return `"${repeated}" more than once: ${quote(text)}`;
  const { name, vers, cksum, yanked } = value as Record<string, unknown>;
  if (!isCrateName(name)) return problem('name', 'is not a crate name', name);
  if (typeof vers !== 'string') return problem('vers', 'is not a semantic version', vers);
  const flaw = versionFlaw(vers);
  if (flaw !== undefined) return problem('vers', flaw, vers);
  if (typeof cksum !== 'string' || !CKSUM.test(cksum))
    return problem('cksum', 'is not a SHA-256 in hex', cksum);
  // cargo treats null as false.
  if (typeof (yanked ?? false) !== 'boolean') return problem('yanked', 'is not true or false', yanked);
  const hasOtherFields = Object.keys(value).some((key) => !KNOWN_FIELDS.includes(key));
  return { name, version: vers, cksum: cksum.toLowerCase(), yanked: yanked === true, hasOtherFields };
}

function problem(field: string, flaw: string, value: unknown): string {
  if (value === undefined) return `no "${field}"`;
  return `"${field}" ${flaw}: ${quote(JSON.stringify(value))}`;
}

function quote(text: string): string {
  return text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE)}… (${text.length} characters)` : text;
}
