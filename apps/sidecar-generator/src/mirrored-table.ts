import { hash64 } from '@crates-mirror/hashing/hash64';
import { STORAGES, type Storage } from '@crates-mirror/manifest/record';

/** What the downloader's manifest tells of one crate file. */
export interface Mirrored {
  readonly storage: Storage;
  /** `bundle-0007` */
  readonly bundle: string | undefined;
  /** bytes */
  readonly size: number;
  /** ISO 8601, UTC: when it was downloaded, or else first found in place. */
  readonly mirroredAt: string;
}

/** Key (8 bytes), time in ms (8), size (8), bundle number (4), storage by its place in STORAGES (4; 0 is an empty slot). */
const SLOT_BYTES = 32;
const TIME = 8;
const SIZE = 16;
const BUNDLE = 24;
const STORAGE = 28;
/** The last record says that the mirror does not hold the file. */
const NOT_HELD = 0xffff;
const LEAST_SLOTS = 1024;
const FULLEST = 0.6;

/**
 * Path → what was mirrored, in one block of shared memory, so that every lane reads the same copy: 32 bytes a slot, of
 * the path 64 bits of hash. Of two million paths, two are taken for one with a probability of one in ten million; then a
 * sidecar has another file's size and time.
 */
export class MirroredTable {
  #view: DataView<SharedArrayBuffer>;
  #count = 0;

  /** @param memory a table's {@link memory}, perhaps another thread's; none for an empty table */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(LEAST_SLOTS * SLOT_BYTES)) {
    this.#view = new DataView(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#view.buffer;
  }

  /** Whether there is a record of it, even one that says that the mirror does not hold the file. */
  has(path: string): boolean {
    return this.#view.getUint32(findSlot(this.#view, hashPath(path)) + STORAGE) !== 0;
  }

  get(path: string): Mirrored | undefined {
    const slot = findSlot(this.#view, hashPath(path));
    const storage = this.#view.getUint32(slot + STORAGE);
    if (storage === 0 || storage === NOT_HELD) return undefined;
    const bundle = this.#view.getUint32(slot + BUNDLE);
    return {
      storage: STORAGES[storage - 1] as Storage,
      bundle: bundle === 0 ? undefined : `bundle-${String(bundle).padStart(4, '0')}`,
      size: this.#view.getFloat64(slot + SIZE),
      mirroredAt: new Date(this.#view.getFloat64(slot + TIME)).toISOString(),
    };
  }

  /**
   * Takes in a record. The last one for a path tells whether and where the file is held.
   *
   * @param held undefined when the mirror does not hold the file
   * @param isNew whether the file was downloaded then, which makes the record's time the one that counts
   * @throws TypeError for a storage that there is not
   */
  set(
    path: string,
    held: { storage: Storage; bundle: number; size: number; timeMs: number } | undefined,
    isNew: boolean,
  ): void {
    if ((this.#count + 1) * SLOT_BYTES > this.#view.byteLength * FULLEST) this.#grow();
    const key = hashPath(path);
    const slot = findSlot(this.#view, key);
    const before = this.#view.getUint32(slot + STORAGE);
    const storage = held === undefined ? NOT_HELD : storageCode(held.storage);
    if (before === 0) this.#count += 1;
    this.#view.setBigUint64(slot, key);
    this.#view.setUint32(slot + STORAGE, storage);
    if (held === undefined) return;
    if (isNew || before === 0 || before === NOT_HELD) this.#view.setFloat64(slot + TIME, held.timeMs);
    this.#view.setFloat64(slot + SIZE, held.size);
    this.#view.setUint32(slot + BUNDLE, held.bundle);
  }

  #grow(): void {
    const smaller = this.#view;
    this.#view = new DataView(new SharedArrayBuffer(2 * smaller.byteLength));
    const bytes = new Uint8Array(this.#view.buffer);
    for (let slot = 0; slot < smaller.byteLength; slot += SLOT_BYTES) {
      if (smaller.getUint32(slot + STORAGE) === 0) continue;
      bytes.set(
        new Uint8Array(smaller.buffer, slot, SLOT_BYTES),
        findSlot(this.#view, smaller.getBigUint64(slot)),
      );
    }
  }
}

/** Never 0: a path after an empty slot is found no more. */
function storageCode(storage: Storage): number {
  const place = STORAGES.indexOf(storage);
  if (place === -1) throw new TypeError(`no such storage: ${storage}`);
  return place + 1;
}

function findSlot(view: DataView, key: bigint): number {
  const slots = view.byteLength / SLOT_BYTES;
  let slot = Number(key % BigInt(slots)) * SLOT_BYTES;
  while (view.getUint32(slot + STORAGE) !== 0 && view.getBigUint64(slot) !== key) {
    slot = (slot + SLOT_BYTES) % view.byteLength;
  }
  return slot;
}

function hashPath(path: string): bigint {
  const [high, low] = hash64(path);
  return (BigInt(high) << 32n) | BigInt(low);
}
