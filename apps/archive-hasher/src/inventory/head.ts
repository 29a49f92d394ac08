import { errorMessage, UsageError } from '@crates-mirror/errors';
import { isSha256Hex } from '@crates-mirror/hashing';
import { load } from 'js-yaml';
import { type BytePath, toBytePath } from '../byte-path.ts';
import { type ExclusionRule, Exclusions } from '../exclude/exclusions.ts';

/** Of an inventory for which all content was read. */
export const SCHEMA_VERSION = 1;
/** Of an inventory by the listing of a bucket: checksums are the store's or the uploader's, or missing. */
export const LISTING_VERSION = 2;
const VERSIONS: readonly unknown[] = [SCHEMA_VERSION, LISTING_VERSION];

/** The metadata file that an unpacked archive contains in addition. */
export interface MetadataFile {
  readonly path: BytePath;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

/** The contents of an inventory besides its lists. */
export interface InventoryHead {
  /** A name, not a path; undefined if it is invalid. */
  readonly directoryName: string | undefined;
  /** Number of files and links in its list; undefined if not recorded. */
  readonly entries: number | undefined;
  /** Digests of the whole directory by algorithm, lower-case hex. */
  readonly digests: ReadonlyMap<string, string>;
  /** Exclusions when the inventory was made, which apply again now. */
  readonly exclusions: Exclusions;
  readonly metadata: MetadataFile | undefined;
}

type Mapping = Readonly<Record<string, unknown>>;

/** @param text YAML. @throws UsageError if it is not the head of an inventory of this version */
export function parseHead(text: string, file: string): InventoryHead {
  let head: Mapping;
  try {
    head = asMapping(load(text));
  } catch (error) {
    throw new UsageError(`${file} is no inventory: ${errorMessage(error)}`);
  }
  const version = head['schemaVersion'];
  const isReported = ['number', 'string'].includes(typeof version);
  if (!VERSIONS.includes(version))
    throw new UsageError(
      isReported
        ? `${file} has schemaVersion ${String(version)}, and this archive-hasher reads ${VERSIONS.join(' and ')}`
        : `${file} is no inventory: it has no schemaVersion`,
    );
  const directory = asMapping(head['directory']);
  return {
    directoryName: directoryName(directory['name']),
    entries: entriesOf(directory),
    digests: digestsOf(asMapping(head['hashes'])),
    exclusions: exclusionsOf(head['excluded'] ?? [], file),
    metadata: metadataOf(asMapping(asMapping(head['archive'])['metadata'])),
  };
}

function asMapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}

/** The name is untrusted, so it must not lead to another directory. */
function directoryName(name: unknown): string | undefined {
  const isName = typeof name === 'string' && !['', '.', '..'].includes(name) && !/[/\\\0]/.test(name);
  return isName ? name : undefined;
}

function entriesOf({ files, symlinks }: Mapping): number | undefined {
  return typeof files === 'number' && typeof symlinks === 'number' ? files + symlinks : undefined;
}

function digestsOf(groups: Mapping): Map<string, string> {
  const digests = new Map<string, string>();
  for (const group of Object.values(groups)) {
    for (const [name, fields] of Object.entries(asMapping(group))) {
      const { digest } = asMapping(fields);
      if (typeof digest === 'string') digests.set(name, digest);
    }
  }
  return digests;
}

/** An unknown rule must not be ignored, because the result would differ. @throws UsageError */
function exclusionsOf(rules: unknown, file: string): Exclusions {
  if (!Array.isArray(rules) || !rules.every(isRule))
    throw new UsageError(`${file} says in 'excluded' what this archive-hasher does not know`, {
      hint: 'Use the version that wrote it, or a newer one',
    });
  try {
    return new Exclusions(rules.map(({ pattern, except }) => ({ pattern, ...(except && { except }) })));
  } catch (error) {
    throw new UsageError(`${file}: ${errorMessage(error)}`);
  }
}

function isRule(rule: unknown): rule is ExclusionRule {
  const { pattern, except = [], ...unknown } = asMapping(rule);
  const isText = (value: unknown): boolean => typeof value === 'string';
  return (
    isText(pattern) && Array.isArray(except) && except.every(isText) && Object.keys(unknown).length === 0
  );
}

function metadataOf({ path, size, sha256 }: Mapping): InventoryHead['metadata'] {
  return typeof path === 'string' && typeof size === 'number' && isSha256Hex(sha256)
    ? { path: toBytePath(path), size, sha256 }
    : undefined;
}
