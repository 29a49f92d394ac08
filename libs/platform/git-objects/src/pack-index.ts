import { readFileSync } from 'node:fs';
import { type ObjectId, unreadable } from './git-object.ts';

/** `\377tOc`, with the only version in use since 2007. */
const MAGIC = 0xff744f63;
const VERSION = 2;
const FANOUT = 8;
const NAMES = FANOUT + 256 * 4;
const IN_LARGE_TABLE = 0x8000_0000;

/**
 * Maps object names to offsets in a pack. Format: gitformat-pack(5), "Version 2 pack-*.idx files".
 */
export class PackIndex {
  readonly #bytes: Buffer;
  readonly #idLength: number;
  readonly #count: number;

  /**
   * @param idLength bytes of an object's name
   * @throws the system's error, or CodedError if the file is not such an index
   */
  constructor(path: string, idLength: number) {
    this.#bytes = readFileSync(path);
    this.#idLength = idLength;
    const isIndex = this.#bytes.length >= NAMES && this.#bytes.readUInt32BE(0) === MAGIC;
    if (!isIndex || this.#bytes.readUInt32BE(4) !== VERSION)
      throw unreadable(`${path} is no pack index of version ${VERSION}`);
    this.#count = this.#bytes.readUInt32BE(NAMES - 4);
    if (this.#bytes.length < NAMES + this.#count * (idLength + 8))
      throw unreadable(`${path} is shorter than it should be`);
  }

  /**
   * The offset of an object in the pack, bytes; undefined if the pack does not have it. A damaged
   * index may return an offset outside the pack.
   */
  find(id: ObjectId): number | undefined {
    const first = id.charCodeAt(0);
    const prefix = prefixOf(id);
    const bytes = this.#bytes;
    const length = this.#idLength;
    let low = first === 0 ? 0 : bytes.readUInt32BE(FANOUT + (first - 1) * 4);
    const end = Math.min(bytes.readUInt32BE(FANOUT + first * 4), this.#count);
    // The first entry whose first four bytes are not less.
    for (let high = end; low < high; ) {
      const middle = (low + high) >>> 1;
      if (bytes.readUInt32BE(NAMES + middle * length) < prefix) low = middle + 1;
      else high = middle;
    }
    for (; low < end && bytes.readUInt32BE(NAMES + low * length) === prefix; low++)
      if (this.#isAt(low, id)) return this.#offsetOf(low);
    return undefined;
  }

  #isAt(position: number, id: ObjectId): boolean {
    const start = NAMES + position * this.#idLength;
    for (let i = 0; i < this.#idLength; i++) if (this.#bytes[start + i] !== id.charCodeAt(i)) return false;
    return true;
  }

  #offsetOf(position: number): number {
    // The names are followed by a CRC-32 for each object.
    const offsets = NAMES + this.#count * (this.#idLength + 4);
    const offset = this.#bytes.readUInt32BE(offsets + position * 4);
    if (offset < IN_LARGE_TABLE) return offset;
    const large = offsets + this.#count * 4 + (offset - IN_LARGE_TABLE) * 8;
    if (large + 8 > this.#bytes.length) return Number.POSITIVE_INFINITY;
    return Number(this.#bytes.readBigUInt64BE(large));
  }
}

function prefixOf(id: ObjectId): number {
  let prefix = 0;
  for (let i = 0; i < 4; i++) prefix = prefix * 256 + id.charCodeAt(i);
  return prefix;
}
