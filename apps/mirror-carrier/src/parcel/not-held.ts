import { existsSync } from 'node:fs';
import type { WantedFile } from '@crates-mirror/crate-files';
import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index/names';
import { CodedError } from '@crates-mirror/errors';
import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { readLines } from '@crates-mirror/lines';
import { parseObject } from './json.ts';

/** A name, a version and a digest, with the JSON around them. */
const MAX_LINE = 1024;

/**
 * Versions that an index names and a sender did not hold.
 *
 * @param path a missing file is treated as an empty list
 * @throws CodedError for a malformed line
 */
export function* readNotHeld(path: string): Generator<WantedFile> {
  if (!existsSync(path)) return;
  for (const { number, text } of readLines(path, MAX_LINE)) {
    const { name, version, sha256 } = parseObject(text);
    if (!isCrateName(name) || !isRecordedVersion(version) || !isSha256Hex(sha256))
      throw new CodedError('damaged', `${path}:${number} is damaged`);
    yield { name, version, sha256 };
  }
}
