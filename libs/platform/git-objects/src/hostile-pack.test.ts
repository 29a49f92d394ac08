import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { ObjectStore } from './index.ts';
import { PackMemory } from './pack-memory.ts';

const ID_LENGTH = 20;
const MAX_SIZE = 1 << 20;
const [BLOB, OFFSET_DELTA, NAME_DELTA] = [3, 6, 7];

/** An object in a pack, with the fields of its header. */
interface Entry {
  readonly type: number;
  readonly size: number;
  /** The bytes between the header and the compressed content. */
  readonly base?: Buffer;
  readonly content: Buffer;
}

function idOf(number: number): string {
  return String.fromCharCode(number).repeat(ID_LENGTH);
}

function entryBytes({ type, size, base = Buffer.alloc(0), content }: Entry): Buffer {
  const header: number[] = [];
  let [byte, rest] = [(type << 4) | (size & 15), Math.floor(size / 16)];
  for (; rest > 0; rest = Math.floor(rest / 128)) {
    header.push(byte | 0x80);
    byte = rest & 0x7f;
  }
  return Buffer.concat([Buffer.from([...header, byte]), base, deflateSync(content)]);
}

/** A repository with one pack. @param placeOf gives the offsets to write to its index */
function storeOf(
  t: TestContext,
  entries: readonly Entry[],
  placeOf: (offset: number) => number = (offset) => offset,
): ObjectStore {
  const root = mkdtempSync(join(tmpdir(), 'hostile-pack-'));
  t.after(() => rmSync(root, { recursive: true }));
  const directory = join(root, 'objects/pack');
  mkdirSync(directory, { recursive: true });
  const pieces: Buffer[] = [Buffer.from('PACK\0\0\0\x02\0\0\0\0')];
  const places: number[] = [];
  for (const entry of entries) {
    places.push(placeOf(Buffer.concat(pieces).length));
    pieces.push(entryBytes(entry));
  }
  writeFileSync(join(directory, 'pack-1.pack'), Buffer.concat([...pieces, Buffer.alloc(20)]));
  const index = Buffer.alloc(8 + 256 * 4 + entries.length * (ID_LENGTH + 8) + 40);
  index.write('ff744f6300000002', 'hex');
  for (let i = 0; i < 256; i++) index.writeUInt32BE(Math.min(i, entries.length), 8 + i * 4);
  for (const [i, place] of places.entries()) {
    index.write(idOf(i + 1), 8 + 256 * 4 + i * ID_LENGTH, 'latin1');
    index.writeUInt32BE(place, 8 + 256 * 4 + entries.length * (ID_LENGTH + 4) + i * 4);
  }
  writeFileSync(join(directory, 'pack-1.idx'), index);
  const store = new ObjectStore(root);
  t.after(() => store.close());
  return store;
}

const blob = (text: string): Entry => ({ type: BLOB, size: text.length, content: Buffer.from(text) });

/** @param instructions follow the sizes of base and result, which are below 128 */
function delta(from: number, to: number, instructions: readonly number[], base: Buffer, type: number): Entry {
  const content = Buffer.from([from, to, ...instructions]);
  return { type, size: content.length, base, content };
}

function assertUnreadable(store: ObjectStore, number: number, message: RegExp): void {
  assert.throws(() => store.read(idOf(number), 'blob', MAX_SIZE), { code: 'unreadable', message });
}

test('a delta that goes beyond its base, its result or itself is damage', (t) => {
  const base = Buffer.from(idOf(1), 'latin1');
  const make = (from: number, to: number, ...instructions: number[]): Entry =>
    delta(from, to, instructions, base, NAME_DELTA);
  const store = storeOf(t, [
    blob('abcdef'),
    make(6, 3, 0x91, 2, 3),
    make(6, 3, 0x91, 4, 3),
    make(6, 3, 0x9f, 0xff, 0xff, 0xff, 0xff, 3),
    make(6, 3, 0x90, 4),
    make(6, 3, 3, 65, 66),
    make(6, 3, 0x91),
    make(7, 3, 0x91, 2, 3),
    make(6, 2, 0x91, 2, 3),
    make(6, 3, 0),
  ]);
  assert.equal(String(store.read(idOf(2), 'blob', MAX_SIZE)), 'cde');
  for (let number = 3; number <= 10; number++)
    assertUnreadable(store, number, /pack-1\.pack is damaged at byte/);
});

test('deltas in a circle end, and take no more memory than there may be', (t) => {
  const own = (number: number): Buffer => Buffer.from(idOf(number), 'latin1');
  const large = { type: NAME_DELTA, size: MAX_SIZE, content: Buffer.alloc(MAX_SIZE) };
  const store = storeOf(t, [
    delta(1, 1, [], own(1), NAME_DELTA),
    delta(1, 1, [], own(3), NAME_DELTA),
    delta(1, 1, [], own(2), NAME_DELTA),
    delta(1, 1, [], Buffer.from([0]), OFFSET_DELTA),
    { ...large, base: own(6) },
    { ...large, base: own(5) },
    blob('whole'),
  ]);
  assertUnreadable(store, 1, /is damaged at byte/);
  assertUnreadable(store, 2, /deltas in a circle$/);
  assertUnreadable(store, 4, /is damaged at byte/);
  assertUnreadable(store, 5, /deltas in a circle$/);
  assert.throws(() => new PackMemory().block(1 << 30), { code: 'unreadable', message: /too much memory/ });
  assert.equal(String(store.read(idOf(7), 'blob', MAX_SIZE)), 'whole');
});

test('an index that points out of its pack is damage', (t) => {
  for (const place of [0, 1 << 20, 0x7fff_ffff, 0x8000_0000, 0x8000_0005, 0xffff_ffff])
    assertUnreadable(
      storeOf(t, [blob('a')], () => place),
      1,
      /damaged/,
    );
});
