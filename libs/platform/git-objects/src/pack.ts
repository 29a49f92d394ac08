import { closeSync, fstatSync, openSync } from 'node:fs';
import type { Block } from './block-ring.ts';
import { type GitObject, type ObjectId, type ObjectType, unreadable } from './git-object.ts';
import { PackIndex } from './pack-index.ts';
import type { PackMemory } from './pack-memory.ts';

/** By type number. */
const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const NAME_DELTA = 7;
/** git's own limit for deltas of deltas. */
const MAX_CHAIN = 4095;
/** bytes. Enough for a size and a delta's base reference. */
const MAX_HEADER = 64;
/** Most objects are smaller than this when compressed. */
const USUAL_LENGTH = 1024;
/** The most overhead of a stream beyond its content, whatever wrote it. */
const MAX_WASTE = 1 << 16;
/** More bytes than any pack has: combines a pack's number and an offset into one number. */
const MAX_PACK = 2 ** 42;

/** An object's location in the pack. */
interface PackEntry {
  readonly type: number;
  /** Offset of its compressed bytes. */
  readonly start: number;
  /** bytes after inflation */
  readonly size: number;
  /** Of a delta, the offset of its base. */
  readonly base: number | undefined;
}

/**
 * A pack of objects. Format: gitformat-pack(5). It stays readable after git removes it, because the
 * file stays open.
 */
export class Pack {
  readonly #path: string;
  readonly #idLength: number;
  readonly #memory: PackMemory;
  readonly #index: PackIndex;
  readonly #fd: number;
  readonly #size: number;
  readonly #firstKey: number;
  /** Types of objects in the ring that are not blobs. */
  readonly #types = new Map<number, number>();

  /**
   * @param path without `.pack`
   * @param number of this pack among all that share the memory
   * @throws the system's error, or CodedError
   */
  constructor(path: string, idLength: number, memory: PackMemory, number: number) {
    this.#path = `${path}.pack`;
    this.#idLength = idLength;
    this.#memory = memory;
    this.#firstKey = number * MAX_PACK;
    this.#index = new PackIndex(`${path}.idx`, idLength);
    this.#fd = openSync(this.#path, 'r');
    this.#size = fstatSync(this.#fd).size;
  }

  close(): void {
    this.#memory.forget(this.#fd);
    closeSync(this.#fd);
  }

  /**
   * @returns its bytes, valid until the next call; undefined if the pack does not have it
   * @throws CodedError if it is damaged, or has more bytes than `most`
   */
  read(id: ObjectId, most: number): GitObject | undefined {
    const offset = this.#index.find(id);
    return offset === undefined ? undefined : this.#objectAt(offset, most);
  }

  #objectAt(offset: number, most: number): GitObject {
    if (!this.#has(offset))
      throw unreadable(`${this.#path} is damaged, or its index: it ends before byte ${offset}`);
    this.#memory.clear();
    const deltas: { readonly offset: number; readonly block: Block }[] = [];
    let at = offset;
    let type = this.#types.get(at);
    let block = this.#memory.ring.get(this.#firstKey + at);
    while (block === undefined || type === undefined) {
      const entry = this.#entryAt(at);
      if (entry.size > most) throw unreadable(`an object of ${entry.size} bytes is too large`);
      if (entry.base === undefined) {
        type = entry.type;
        block = this.#inflate(entry, deltas.length > 0 ? at : undefined);
        this.#types.set(at, type);
        break;
      }
      // Only a base behind its delta can lead to a cycle.
      const isCircle = entry.base > at && deltas.some((delta) => delta.offset === entry.base);
      if (isCircle || deltas.length === MAX_CHAIN) throw unreadable(`${this.#path} has deltas in a circle`);
      deltas.push({ offset: at, block: this.#inflate(entry, undefined) });
      at = entry.base;
      type = this.#types.get(at);
      block = this.#memory.ring.get(this.#firstKey + at);
    }
    for (let delta = deltas.pop(); delta !== undefined; delta = deltas.pop()) {
      block = this.#apply(block, delta, deltas.length > 0, most);
      this.#types.set(delta.offset, type);
    }
    return { type: TYPES[type] as ObjectType, bytes: this.#memory.view(block) };
  }

  /** @param isBase whether to keep the result for other deltas */
  #apply(
    base: Block,
    { offset, block: delta }: { readonly offset: number; readonly block: Block },
    isBase: boolean,
    most: number,
  ): Block {
    const size = this.#memory.resultSize(delta);
    if (size > most) throw unreadable(`an object of ${size} bytes is too large`);
    const key = this.#firstKey + offset;
    const result = isBase ? this.#memory.keep(key, size, base) : this.#memory.block(size);
    if (this.#memory.applyDelta(base, delta, result)) return result;
    this.#memory.ring.drop(key);
    throw this.#damaged(offset);
  }

  #entryAt(offset: number): PackEntry {
    const header = this.#memory.bytesAt(this.#fd, offset, MAX_HEADER);
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
    // A distance of zero would lead back to this object.
    if (base !== undefined && (base === offset || !this.#has(base))) throw this.#damaged(offset);
    return { type, start: offset + at, size, base };
  }

  /** @param base its offset in the pack, if it is kept for other deltas */
  #inflate({ start, size }: PackEntry, base: number | undefined): Block {
    const key = this.#firstKey + (base ?? 0);
    const block = base === undefined ? this.#memory.block(size) : this.#memory.keep(key, size);
    let isDone = false;
    try {
      isDone = this.#inflateInto(block, start);
    } finally {
      if (!isDone && base !== undefined) this.#memory.ring.drop(key);
    }
    if (!isDone) throw this.#damaged(start);
    return block;
  }

  #inflateInto(block: Block, start: number): boolean {
    const longest = 2 * block.length + MAX_WASTE;
    // The compressed length is not stored anywhere.
    for (let length = Math.min(block.length, USUAL_LENGTH) + MAX_HEADER; ; length *= 8) {
      if (this.#memory.inflateAt(this.#fd, start, Math.min(length, longest), block)) return true;
      if (length >= longest || start + length >= this.#size) return false;
    }
  }

  #has(offset: number): boolean {
    return offset > 0 && offset < this.#size;
  }

  #damaged(offset: number): Error {
    return unreadable(`${this.#path} is damaged at byte ${offset}`);
  }
}

/** Reads the distance to a base: big-endian, each continuation adds one. */
function readBackwards(next: () => number): number {
  let byte = next();
  let distance = byte & 0x7f;
  while (byte >= 0x80) {
    byte = next();
    distance = (distance + 1) * 128 + (byte & 0x7f);
  }
  return distance;
}
