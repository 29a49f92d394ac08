import { createRequire } from 'node:module';
import { readGivenFile } from '@crates-mirror/cli/given-file';
import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index';
import { describeValue, errorMessage, oneLine, UsageError } from '@crates-mirror/errors';
import type toml from '@iarna/toml';
import { withoutMark } from './without-mark.ts';

/** A package from crates.io in a lock file. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-256 in hex; undefined if the file has none */
  readonly checksum: string | undefined;
}

/** A package from any other source. */
export interface OtherPackage {
  readonly name: string;
  readonly version: string;
  /** `git+https://…`, or another registry. */
  readonly source: string;
}

/** A parsed Cargo.lock. Packages of the workspace itself are in neither list. */
export interface CargoLock {
  readonly file: string;
  readonly packages: readonly LockedPackage[];
  readonly others: readonly OtherPackage[];
}

/** cargo writes the first form regardless of the protocol. Earlier versions wrote the others. */
const CRATES_IO =
  /^(registry|sparse)\+https:\/\/(github\.com\/rust-lang\/crates\.io-index|index\.crates\.io)\/?$/;
/** Written by cargo 1.78 and later. */
const NEWEST_VERSION = 4;
const SHA256 = /^[0-9a-f]{64}$/i;

/** @throws UsageError if it cannot be read or is not a lock file of cargo */
export function readCargoLock(file: string): CargoLock {
  return parseCargoLock(readGivenFile('--cargo-lock', file).toString('utf8'), file);
}

/**
 * Supports all versions of the format: version 1 has its checksums in `[metadata]`, later ones
 * beside the packages.
 * @throws UsageError
 */
export function parseCargoLock(text: string, file: string): CargoLock {
  const table = parseToml(text, file);
  const version = table['version'];
  if (version !== undefined && !(typeof version === 'number' && version <= NEWEST_VERSION))
    throw wrong(
      file,
      `version ${describeValue(version)} of the format is not known, up to ${NEWEST_VERSION} is`,
    );
  const packages = table['package'] ?? [];
  if (!Array.isArray(packages)) throw wrong(file, "'package' is no list: is it a Cargo.lock?");
  // Before 2016 the first package of the workspace was in a separate table.
  if (packages.length === 0 && table['root'] === undefined)
    throw wrong(file, 'it has no [[package]]: is it a Cargo.lock?');
  const read = packages.map((one) => readPackage(one, table['metadata'], file));
  return {
    file,
    packages: read.filter((one) => 'checksum' in one),
    others: read.filter((one) => 'source' in one),
  };
}

function parseToml(text: string, file: string): Record<string, unknown> {
  try {
    // Loaded only if there is a lock file.
    return (createRequire(import.meta.url)('@iarna/toml') as typeof toml).parse(withoutMark(text));
  } catch (error) {
    throw wrong(file, `it is not valid TOML: ${oneLine(errorMessage(error).split(':')[0] ?? '')}`);
  }
}

function readPackage(value: unknown, metadata: unknown, file: string): LockedPackage | OtherPackage | object {
  const { name, version, source, checksum } = tableOf(value);
  if (!isCrateName(name)) throw wrong(file, `${describeValue(name)} is not the name of a crate`);
  if (!isRecordedVersion(version)) throw wrong(file, `${describeValue(version)} is not a version of ${name}`);
  if (source === undefined) return {};
  if (typeof source !== 'string') throw wrong(file, `${name} ${version} has a source that is no text`);
  if (!CRATES_IO.test(source)) return { name, version, source };
  const known = checksum ?? tableOf(metadata)[`checksum ${name} ${version} (${source})`];
  return { name, version, checksum: checksumOf(known, `${name} ${version}`, file) };
}

function checksumOf(value: unknown, what: string, file: string): string | undefined {
  if (value === undefined || value === '<none>') return undefined;
  if (typeof value !== 'string' || !SHA256.test(value))
    throw wrong(file, `the checksum of ${what} is not a SHA-256 in hex`);
  return value.toLowerCase();
}

function tableOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function wrong(file: string, what: string): UsageError {
  return new UsageError(`--cargo-lock ${file}: ${what}`);
}
