import { createSha256 } from '@crates-mirror/hashing/sha256';

const KEY_BYTES = 16;
const DIGEST_BYTES = 32;
const SLOT_BYTES = KEY_BYTES + DIGEST_BYTES;
const LEAST_SLOTS = 1024;
const FULLEST = 0.6;

/**
 * URL → SHA-256 in one block of shared memory, so that every lane reads the same copy: 48 bytes a slot (128 bits of
 * the URL's own SHA-256, then the digest), open addressing with linear probing, at most 60 % full.
 */
export class ChecksumTable {
  #bytes: Buffer<SharedArrayBuffer>;
  #count = 0;

  /** @param memory a table's {@link memory}, perhaps another thread's; none for an empty table */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(LEAST_SLOTS * SLOT_BYTES)) {
    this.#bytes = Buffer.from(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#bytes.buffer;
  }

  /** The SHA-256 in lower-case hex. */
  get(url: string): string | undefined {
    const slot = findSlot(this.#bytes, keyOf(url));
    return isEmpty(this.#bytes, slot)
      ? undefined
      : this.#bytes.toString('hex', slot + KEY_BYTES, slot + SLOT_BYTES);
  }

  /** @param sha256 64 hex digits; the last one set for a URL stays */
  set(url: string, sha256: string): void {
    if ((this.#count + 1) * SLOT_BYTES > this.#bytes.length * FULLEST) this.#grow();
    const key = keyOf(url);
    const slot = findSlot(this.#bytes, key);
    if (isEmpty(this.#bytes, slot)) this.#count += 1;
    key.copy(this.#bytes, slot);
    this.#bytes.write(sha256, slot + KEY_BYTES, 'hex');
  }

  #grow(): void {
    const old = this.#bytes;
    const grown = Buffer.from(new SharedArrayBuffer(old.length * 2));
    for (let slot = 0; slot < old.length; slot += SLOT_BYTES) {
      if (isEmpty(old, slot)) continue;
      old.copy(grown, findSlot(grown, old.subarray(slot, slot + KEY_BYTES)), slot, slot + SLOT_BYTES);
    }
    this.#bytes = grown;
  }
}

function keyOf(url: string): Buffer {
  return createSha256().update(url).digest().subarray(0, KEY_BYTES);
}

function findSlot(bytes: Buffer, key: Buffer): number {
  const slots = bytes.length / SLOT_BYTES;
  let slot = (key.readUInt32LE(0) % slots) * SLOT_BYTES;
  while (!isEmpty(bytes, slot) && key.compare(bytes, slot, slot + KEY_BYTES) !== 0) {
    slot = (slot + SLOT_BYTES) % bytes.length;
  }
  return slot;
}

/** A digest's first 128 bits are never all zero. */
function isEmpty(bytes: Buffer, slot: number): boolean {
  return bytes.readBigUInt64LE(slot) === 0n && bytes.readBigUInt64LE(slot + 8) === 0n;
}
