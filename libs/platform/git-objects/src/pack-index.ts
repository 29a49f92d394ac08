import { readFileSync } from 'node:fs';
import { unreadable } from './git-object.ts';

/** `\377tOc`, and the only version in use since 2007. */
const MAGIC = 0xff744f63;
const VERSION = 2;
const FANOUT = 8;
const NAMES = FANOUT + 256 * 4;
const IN_LARGE_TABLE = 0x8000_0000;

/** Where objects are in a pack, by their names. Format: gitformat-pack(5), "Version 2 pack-*.idx files". */
export class PackIndex {
  readonly #bytes: Buffer;
  readonly #idLength: number;
  readonly #count: number;

  /** @param idLength bytes of an object's name. @throws the system's error, or CodedError for what is no such index */
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

  /** Where an object begins in the pack, bytes; undefined where the pack does not have it. */
  find(id: Buffer): number | undefined {
    const first = id[0] as number;
    let low = first === 0 ? 0 : this.#bytes.readUInt32BE(FANOUT + (first - 1) * 4);
    let high = Math.min(this.#bytes.readUInt32BE(FANOUT + first * 4), this.#count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = NAMES + middle * this.#idLength;
      const order = this.#bytes.compare(id, 0, this.#idLength, at, at + this.#idLength);
      if (order === 0) return this.#offsetOf(middle);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #offsetOf(position: number): number {
    // Between them there is a CRC-32 for each object.
    const offsets = NAMES + this.#count * (this.#idLength + 4);
    const offset = this.#bytes.readUInt32BE(offsets + position * 4);
    if (offset < IN_LARGE_TABLE) return offset;
    const large = offsets + this.#count * 4 + (offset - IN_LARGE_TABLE) * 8;
    return Number(this.#bytes.readBigUInt64BE(large));
  }
}
