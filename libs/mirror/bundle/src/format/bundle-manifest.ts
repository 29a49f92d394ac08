import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index/names';
import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { checkMemberPath } from '@crates-mirror/layout/member-path';
import { linesWith, readLines } from '@crates-mirror/lines';
import { BundleError, damaged } from './bundle-error.ts';
import type { PlacedMember } from './member.ts';

const SCHEMA_VERSION = 1;
/** Bytes. A longer line cannot be a member. */
export const MAX_MEMBER_LINE = 64 * 1024;

/** Encodes one line of a bundle's manifest. */
export function encodeMember({ url, name, version, path, size, sha256, offset }: PlacedMember): string {
  return `${JSON.stringify({ schema_version: SCHEMA_VERSION, url, name, version, path, size, sha256, offset })}\n`;
}

/** Parses an untrusted line. @returns undefined for anything but a member of this schema */
export function parseMember(line: string): PlacedMember | undefined {
  let value: Partial<PlacedMember> & { schema_version?: number };
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    return undefined;
  }
  if (value?.schema_version !== SCHEMA_VERSION) return undefined;
  const { url, name, version, path, size, sha256, offset } = value;
  const isCrate = typeof url === 'string' && isCrateName(name) && isRecordedVersion(version);
  const isCount = [size, offset].every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  if (!isCrate || !isCount || !isSha256Hex(sha256) || !isMemberPath(path)) return undefined;
  return { url, name, version, path, size, sha256, offset } as PlacedMember;
}

/** Whether a member may have this path and a ledger line can represent it. */
function isMemberPath(path: unknown): path is string {
  if (typeof path !== 'string') return false;
  const checked = checkMemberPath(path);
  return 'path' in checked && checked.path === path;
}

/**
 * The members of a finished bundle, in tar order.
 *
 * @param name restricts the result to this crate; lines of others are not parsed
 * @throws BundleError for a line that is not a member
 */
export function readMembers(manifest: string, name?: string): Generator<PlacedMember> {
  return name === undefined ? allMembers(manifest) : membersOf(manifest, name);
}

function* allMembers(manifest: string): Generator<PlacedMember> {
  for (const { number, text, isTooLong } of readLines(manifest, MAX_MEMBER_LINE)) {
    const member = isTooLong ? undefined : parseMember(text);
    if (member === undefined) throw damaged(`${manifest}:${number}: no member of a bundle`);
    yield member;
  }
}

function* membersOf(manifest: string, name: string): Generator<PlacedMember> {
  // Searching for the quoted name works with any whitespace, and crate names need no JSON escapes.
  for (const { text, isTooLong } of linesWith(manifest, `"${name}"`, MAX_MEMBER_LINE)) {
    const member = isTooLong ? undefined : parseMember(text);
    if (member === undefined) throw damaged(`${manifest} has a line that is no member of a bundle`);
    if (member.name === name) yield member;
  }
}

/**
 * The members in the manifest of an unfinished bundle, up to the first torn line. Nothing after
 * that line was ever reported as mirrored.
 */
export function* readWholeMembers(manifest: string): Generator<PlacedMember> {
  try {
    yield* readMembers(manifest);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
  }
}
