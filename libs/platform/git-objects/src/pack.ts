import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { BaseCache } from './base-cache.ts';
import { applyDelta } from './delta.ts';
import { type GitObject, type ObjectType, unreadable } from './git-object.ts';
import { PackIndex } from './pack-index.ts';

/** By their numbers. */
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const NAME_DELTA = 7;
/** git's own limit for deltas of deltas. */
const LONGEST_CHAIN = 4095;
/** A size, and what a delta refers to, take fewer bytes. */
const LONGEST_HEADER = 64;
const FIRST_BUFFER = 1 << 16;

/** An object as it stands in the pack. */
interface PackEntry {
  readonly type: number;
  readonly bytes: Buffer;
  /** Of a delta, where its base is in the pack. */
  readonly base: number | undefined;
}

/** A pack of objects. Format: gitformat-pack(5). It stays readable when git removes it, as one file stays open. */
export class Pack {
  readonly #path: string;
  readonly #idLength: number;
  readonly #index: PackIndex;
  readonly #fd: number;
  readonly #size: number;
  readonly #bases = new BaseCache();
  #buffer = Buffer.allocUnsafeSlow(FIRST_BUFFER);

  /** @param path without `.pack`. @throws the system's error, or CodedError */
  constructor(path: string, idLength: number) {
    this.#path = `${path}.pack`;
    this.#idLength = idLength;
    this.#index = new PackIndex(`${path}.idx`, idLength);
    this.#fd = openSync(this.#path, 'r');
    this.#size = fstatSync(this.#fd).size;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** @returns undefined where the pack does not have it. @throws CodedError where it is damaged, or has more bytes than `most` */
  read(id: Buffer, most: number): GitObject | undefined {
    const offset = this.#index.find(id);
    return offset === undefined ? undefined : this.#objectAt(offset, most);
  }

  #objectAt(offset: number, most: number): GitObject {
    const deltas: { readonly offset: number; readonly bytes: Buffer }[] = [];
    let at = offset;
    let object = this.#bases.get(at);
    while (object === undefined) {
      const { type, bytes, base } = this.#entryAt(at, most);
      if (base === undefined) {
        object = { type: TYPES[type] as ObjectType, bytes };
        if (deltas.length > 0) this.#bases.set(at, object);
        break;
      }
      if (deltas.length === LONGEST_CHAIN) throw unreadable(`${this.#path} has deltas in a circle`);
      deltas.push({ offset: at, bytes });
      at = base;
      object = this.#bases.get(at);
    }
    for (let delta = deltas.pop(); delta !== undefined; delta = deltas.pop()) {
      object = { type: object.type, bytes: applyDelta(object.bytes, delta.bytes, most) };
      if (deltas.length > 0) this.#bases.set(delta.offset, object);
    }
    return object;
  }

  #entryAt(offset: number, most: number): PackEntry {
    const header = this.#bytesAt(offset, LONGEST_HEADER);
    let at = 0;
    const next = (): number => {
      const byte = header[at++];
      if (byte === undefined) throw this.#damaged(offset);
      return byte;
    };
    let byte = next();
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let factor = 16; byte >= 0x80; factor *= 128) {
      byte = next();
      size += (byte & 0x7f) * factor;
    }
    let base: number | undefined;
    if (type === OFFSET_DELTA) base = offset - readBackwards(next);
    else if (type === NAME_DELTA) {
      base = this.#index.find(Buffer.from(header.subarray(at, at + this.#idLength)));
      at += this.#idLength;
      if (base === undefined) throw this.#damaged(offset);
    } else if (TYPES[type] === undefined) throw this.#damaged(offset);
    if (base !== undefined && !(base > 0 && base < this.#size)) throw this.#damaged(offset);
    if (size > most) throw unreadable(`an object of ${size} bytes is too large`);
    return { type, bytes: this.#inflate(offset + at, size), base };
  }

  /** @param start of the compressed bytes, whose length nobody tells */
  #inflate(start: number, size: number): Buffer {
    // zlib's own bound of what it makes of so many bytes. Somebody else may have made more of them.
    let length = size + (size >> 12) + (size >> 14) + LONGEST_HEADER;
    for (;;) {
      const compressed = this.#bytesAt(start, length);
      try {
        const bytes = inflateSync(compressed, {
          chunkSize: Math.max(64, size + 1),
          maxOutputLength: size + 1,
        });
        if (bytes.length === size) return bytes;
      } catch (error) {
        const isCut = start + length < this.#size && (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR';
        if (!isCut) throw this.#damaged(start, error);
        length *= 4;
        continue;
      }
      throw this.#damaged(start);
    }
  }

  /** Some bytes, or those up to the end, until the next call. */
  #bytesAt(offset: number, length: number): Buffer {
    const wanted = Math.min(length, this.#size - offset);
    if (wanted > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(2 * wanted);
    const count = readSync(this.#fd, this.#buffer, 0, wanted, offset);
    return this.#buffer.subarray(0, count);
  }

  #damaged(offset: number, cause?: unknown): Error {
    return unreadable(`${this.#path} is damaged at byte ${offset}`, cause);
  }
}

/** How far back a base is: big-endian, each continuation counting one more. */
function readBackwards(next: () => number): number {
  let byte = next();
  let distance = byte & 0x7f;
  while (byte >= 0x80) {
    byte = next();
    distance = (distance + 1) * 128 + (byte & 0x7f);
  }
  return distance;
}
