import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index/names';
import { checkMemberPath } from '@crates-mirror/layout/member-path';

/** `withdraw`: a bundle's member stays where it is but is no longer served. */
export const ACTIONS = ['quarantine', 'delete', 'withdraw'] as const;
export type Action = (typeof ACTIONS)[number];

/** Why a crate file is removed. */
export const REASONS = ['left_index', 'checksum_changed', 'not_selected', 'denied'] as const;
export type ReasonCode = (typeof REASONS)[number];

/** The removal of a crate file, as a line of the journal. */
export interface Removal {
  /** Unique in the journal. */
  readonly id: string;
  readonly action: Action;
  readonly name: string;
  readonly version: string;
  /** Below the root of the mirror, or within the bundle. */
  readonly path: string;
  /** lower-case hex */
  readonly sha256: string;
  /** bytes */
  readonly size: number;
  /** Id of the bundle that contains it. */
  readonly bundle: string | null;
  /** Path where it is kept, below the mirror's own directory; null if it is not moved. */
  readonly to: string | null;
  /** Whether it was quarantined to make room for another file in its place. */
  readonly isReplaced: boolean;
  readonly reason: ReasonCode;
  /** The reason as text for users. */
  readonly why: string;
  /** ISO 8601, UTC */
  readonly at: string;
}

/** Possible states of a removal. */
export const STATES = ['planned', 'done', 'dropped', 'restored'] as const;
export type State = (typeof STATES)[number];

const SHA256 = /^[0-9a-f]{64}$/;
const ID = /^[0-9a-z-]{1,64}$/;
const BUNDLE = /^bundle-\d{4,9}$/;
/** `quarantine/2026-11-30/serde-1.0.0-0123456789abcdef.crate` */
const KEPT = /^quarantine\/\d{4}-\d\d-\d\d\/[A-Za-z0-9_.+-]+-[0-9a-f]{16}\.crate$/;

/**
 * The path of a quarantined crate file. It includes the day and part of the checksum, because
 * several files of one version may be quarantined.
 */
export function quarantinePath({ name, version, sha256, at }: Omit<Removal, 'to'>): string {
  return `quarantine/${at.slice(0, 10)}/${name}-${version}-${sha256.slice(0, 16)}.crate`;
}

/** Parses an untrusted journal line. @returns undefined if it is not a removal */
export function parseRemoval(value: Readonly<Record<string, unknown>>): Removal | undefined {
  const { id, action, name, version, path, sha256, size, bundle, to, isReplaced = false } = value;
  const { reason, why, at } = value;
  if (!isText(id) || !ID.test(id) || !isOneOf(ACTIONS, action) || !isOneOf(REASONS, reason)) return undefined;
  if (!isCrateName(name) || !isRecordedVersion(version) || !isText(path) || !isSafePath(path))
    return undefined;
  if (!isText(sha256) || !SHA256.test(sha256) || !isText(why) || !isText(at)) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  if (Number.isNaN(Date.parse(at)) || !isNullOr(BUNDLE, bundle) || !isNullOr(KEPT, to)) return undefined;
  if ((action === 'quarantine') !== (to !== null) || (action === 'withdraw') !== (bundle !== null))
    return undefined;
  if (typeof isReplaced !== 'boolean' || (isReplaced && to === null)) return undefined;
  return { id, action, name, version, path, sha256, size, bundle, to, isReplaced, reason, why, at };
}

export function isOneOf<Word extends string>(words: readonly Word[], value: unknown): value is Word {
  return words.some((word) => word === value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isNullOr(pattern: RegExp, value: unknown): value is string | null {
  return value === null || (isText(value) && pattern.test(value));
}

function isSafePath(path: string): boolean {
  const checked = checkMemberPath(path);
  return 'path' in checked && checked.path === path;
}
