import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  type FrameSizes,
  MAX_MEMBER_LINE,
  parseMember,
  readSeekTable,
  walkFrames,
} from '@crates-mirror/bundle/reading';
import { CodedError } from '@crates-mirror/errors';
import { createSha256 } from '@crates-mirror/hashing';
import { writeRow } from './member-table.ts';

const READ_SIZE = 1 << 20;
const NEWLINE = 0x0a;

/** What was read from a bundle's files, starting where the last reading ended. */
export interface BundleReading {
  /** For each frame, its size in the file followed by the size of its content. */
  readonly frames: Float64Array;
  /** In the form that MemberTable accepts. */
  readonly rows: Uint32Array;
  readonly members: number;
  /** Bytes read from the manifest. */
  readonly manifestSize: number;
}

/** Where the last reading ended. */
export interface ReadSoFar {
  /** bytes of the file, in whole frames */
  readonly size: number;
  /** bytes of tar in them */
  readonly contentSize: number;
  /** bytes of the manifest, in whole lines whose members are in those frames */
  readonly manifestSize: number;
}

/**
 * Reads a finished bundle.
 * @throws CodedError if its manifest does not match the catalog, or it is damaged
 */
export function readFinished(path: string, manifest: string, manifestSha256: string): BundleReading {
  const frames = opened(path, readSeekTable);
  if (frames === undefined) throw new CodedError('damaged', `${path} has no seek table`);
  return { ...readCheckedRows(manifest, manifestSha256, frames.contentSize), frames: pairs(frames) };
}

/**
 * Reads the contents of a missing bundle from its manifest.
 * @throws CodedError if the manifest does not match the catalog
 */
export function readManifest(manifest: string, manifestSha256: string): BundleReading {
  return { ...readCheckedRows(manifest, manifestSha256, Number.POSITIVE_INFINITY), frames: pairs([]) };
}

/** Reads what has been added to an unfinished bundle. */
export function readPartial(path: string, manifest: string, from: ReadSoFar): BundleReading {
  const frames = opened(path, (fd) => [...walkFrames(fd, from.size, fstatSync(fd).size)]);
  const contentSize = frames.reduce((sum, frame) => sum + frame.contentSize, from.contentSize);
  return { ...readRows(manifest, from.manifestSize, contentSize, () => {}), frames: pairs(frames) };
}

function pairs(frames: Iterable<FrameSizes>): Float64Array {
  const sizes: number[] = [];
  for (const { size, contentSize } of frames) sizes.push(size, contentSize);
  return Float64Array.from(sizes);
}

function opened<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function readCheckedRows(
  manifest: string,
  manifestSha256: string,
  contentSize: number,
): Omit<BundleReading, 'frames'> {
  const hash = createSha256();
  const read = readRows(manifest, 0, contentSize, (bytes) => hash.update(bytes));
  if (hash.digest('hex') !== manifestSha256)
    throw new CodedError('damaged', `${manifest} is not what the catalog says it is`);
  return read;
}

/**
 * Reads lines up to the first that is torn, is not a member, or describes a member beyond the
 * available frames.
 */
function readRows(
  path: string,
  from: number,
  contentSize: number,
  onBytes: (bytes: Buffer) => void,
): Omit<BundleReading, 'frames'> {
  const rows: number[] = [];
  let manifestSize = from;
  for (const line of wholeLines(path, from, onBytes)) {
    const member = parseMember(line.toString('utf8'));
    if (member === undefined || member.offset + member.size > contentSize) break;
    writeRow(rows, member.sha256, member.offset, member.size);
    manifestSize += line.length;
  }
  return { rows: Uint32Array.from(rows), members: rows.length / 5, manifestSize };
}

/** Yields lines with their ends, up to one that is too long. Omits an unterminated last line. */
function* wholeLines(path: string, from: number, onBytes: (bytes: Buffer) => void): Generator<Buffer> {
  const fd = openSync(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let position = from; ; ) {
      const piece = Buffer.allocUnsafe(READ_SIZE);
      const count = readSync(fd, piece, 0, READ_SIZE, position);
      if (count === 0) return;
      position += count;
      onBytes(piece.subarray(0, count));
      const bytes = Buffer.concat([rest, piece.subarray(0, count)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        if (end - start > MAX_MEMBER_LINE) return;
        yield bytes.subarray(start, end + 1);
        start = end + 1;
      }
      rest = bytes.subarray(start);
      if (rest.length > MAX_MEMBER_LINE) return;
    }
  } finally {
    closeSync(fd);
  }
}
