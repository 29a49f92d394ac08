import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index/names';
import { CodedError } from '@crates-mirror/errors';
import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { readLines } from '@crates-mirror/lines';
import type { ReasonCode } from '@crates-mirror/removals';
import { isText, parseObject } from './json.ts';

/** A name, a version, a digest, and the text of a denylist's reason. */
const MAX_LINE = 16 << 10;
const REASONS: readonly ReasonCode[] = ['left_index', 'checksum_changed', 'not_selected', 'denied'];

/** An instruction: the sender no longer mirrors the crate file of this version. */
export interface RemovalInstruction {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the version's crate file that stays, lower-case hex; null if none does. */
  readonly stays: string | null;
  readonly reason: ReasonCode;
  /** The reason, for people. */
  readonly why: string;
}

export function encodeRemoval({ name, version, stays, reason, why }: RemovalInstruction): string {
  return `${JSON.stringify({ name, version, stays, reason, why })}\n`;
}

/** @throws CodedError for a malformed line */
export function* readRemovals(path: string): Generator<RemovalInstruction> {
  for (const { number, text } of readLines(path, MAX_LINE)) {
    const { name, version, stays, reason, why } = parseObject(text);
    const known = REASONS.find((one) => one === reason);
    const isWhole = isCrateName(name) && isRecordedVersion(version) && isText(why) && known !== undefined;
    if (!isWhole || !(stays === null || isSha256Hex(stays)))
      throw new CodedError('damaged', `${path}:${number} is damaged`);
    yield { name, version, stays: isSha256Hex(stays) ? stays : null, reason: known, why };
  }
}
