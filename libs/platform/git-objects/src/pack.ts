import { closeSync, fstatSync, openSync } from 'node:fs';
import { BaseCache } from './base-cache.ts';
import { applyDelta } from './delta.ts';
import { type GitObject, type ObjectId, type ObjectType, unreadable } from './git-object.ts';
import type { Inflater } from './inflater.ts';
import { PackIndex } from './pack-index.ts';

/** By their numbers. */
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const NAME_DELTA = 7;
/** git's own limit for deltas of deltas. */
const LONGEST_CHAIN = 4095;
/** A size, and what a delta refers to, take fewer bytes. */
const LONGEST_HEADER = 64;
/** Most objects have fewer bytes when they are compressed. */
const USUAL_LENGTH = 1024;
const FIRST_RESULT = 1 << 16;
/** What a stream may take beside its content, whoever made it. */
const LONGEST_WASTE = 1 << 16;

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
  readonly #inflater: Inflater;
  #result = Buffer.allocUnsafeSlow(FIRST_RESULT);

  /** @param path without `.pack`. @throws the system's error, or CodedError */
  constructor(path: string, idLength: number, inflater: Inflater) {
    this.#path = `${path}.pack`;
    this.#idLength = idLength;
    this.#inflater = inflater;
    this.#index = new PackIndex(`${path}.idx`, idLength);
    this.#fd = openSync(this.#path, 'r');
    this.#size = fstatSync(this.#fd).size;
  }

  close(): void {
    this.#inflater.forget(this.#fd);
    closeSync(this.#fd);
  }

  /** @returns its bytes until the next call; undefined where the pack does not have it. @throws CodedError where it is damaged, or has more bytes than `most` */
  read(id: ObjectId, most: number): GitObject | undefined {
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
        if (deltas.length > 0) object = this.#keep(at, object);
        break;
      }
      if (deltas.length === LONGEST_CHAIN) throw unreadable(`${this.#path} has deltas in a circle`);
      deltas.push({ offset: at, bytes: copyOf(bytes) });
      at = base;
      object = this.#bases.get(at);
    }
    for (let delta = deltas.pop(); delta !== undefined; delta = deltas.pop()) {
      const isBase = deltas.length > 0;
      const allocate = isBase ? Buffer.allocUnsafe : this.#allocateAgain;
      object = { type: object.type, bytes: applyDelta(object.bytes, delta.bytes, most, allocate) };
      if (isBase) this.#bases.set(delta.offset, object);
    }
    return object;
  }

  /** The same memory for one result after the other. */
  readonly #allocateAgain = (size: number): Buffer => {
    if (size > this.#result.length) this.#result = Buffer.allocUnsafeSlow(2 * size);
    return this.#result.subarray(0, size);
  };

  /** As a base of others. */
  #keep(offset: number, { type, bytes }: GitObject): GitObject {
    const object = { type, bytes: copyOf(bytes) };
    this.#bases.set(offset, object);
    return object;
  }

  #entryAt(offset: number, most: number): PackEntry {
    const header = this.#inflater.bytesAt(this.#fd, offset, LONGEST_HEADER);
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
      base = this.#index.find(header.toString('latin1', at, at + this.#idLength));
      at += this.#idLength;
      if (base === undefined) throw this.#damaged(offset);
    } else if (TYPES[type] === undefined) throw this.#damaged(offset);
    if (base !== undefined && !(base > 0 && base < this.#size)) throw this.#damaged(offset);
    if (size > most) throw unreadable(`an object of ${size} bytes is too large`);
    return { type, bytes: this.#inflate(offset + at, size), base };
  }

  /** @param start of the compressed bytes, whose length nobody tells. @returns the bytes until the next call */
  #inflate(start: number, size: number): Buffer {
    const longest = 2 * size + LONGEST_WASTE;
    for (let length = Math.min(size, USUAL_LENGTH) + LONGEST_HEADER; ; length *= 8) {
      const bytes = this.#inflater.inflateAt(this.#fd, start, Math.min(length, longest), size);
      if (bytes?.length === size) return bytes;
      if (bytes !== undefined || length >= longest || start + length >= this.#size) throw this.#damaged(start);
    }
  }

  #damaged(offset: number): Error {
    return unreadable(`${this.#path} is damaged at byte ${offset}`);
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

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length);
  bytes.copy(copy);
  return copy;
}
