import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { PackMemory } from './pack-memory.ts';

const { Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;

/** Inflates a stream that is preceded by other bytes in a file. */
function inflated(memory: PackMemory, directory: string, stream: Buffer, length: number): Buffer | undefined {
  const path = join(directory, 'file');
  writeFileSync(path, Buffer.concat([Buffer.alloc(3), stream, Buffer.alloc(5, 0xff)]));
  const fd = openSync(path, 'r');
  try {
    memory.clear();
    const block = memory.block(length);
    return memory.inflateAt(fd, 3, stream.length, block) ? Buffer.from(memory.view(block)) : undefined;
  } finally {
    memory.forget(fd);
    closeSync(fd);
  }
}

const text = fc
  .tuple(fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 9 }), fc.nat(3000))
  .map(([words, count]) => Array.from({ length: count }, (_, i) => words[(i * i) % words.length]).join('"'));
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  text.map((string) => Buffer.from(string)),
  fc.tuple(fc.nat(255), fc.nat(70_000)).map(([byte, length]) => Buffer.alloc(length, byte)),
);
const form = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
});

test('what zlib deflates comes back, whatever its form', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'inflater-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const memory = new PackMemory();
  fc.assert(
    fc.property(content, form, (bytes, options) => {
      const stream = deflateSync(bytes, options);
      assert.deepEqual(inflated(memory, directory, stream, bytes.length), bytes);
      if (bytes.length > 0)
        assert.equal(inflated(memory, directory, stream, bytes.length - 1), undefined, 'another length');
    }),
  );
});

test('a stream that was changed is never taken for the one it was', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'inflater-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const memory = new PackMemory();
  fc.assert(
    fc.property(content, form, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, options, at, bits) => {
      const stream = deflateSync(bytes, options);
      const place = at % stream.length;
      stream.writeUInt8(stream.readUInt8(place) ^ bits, place);
      const found = inflated(memory, directory, stream, bytes.length);
      // Some bits have no meaning, such as those that pad a byte.
      if (found !== undefined) assert.deepEqual(found, bytes);
    }),
  );
});

test('bytes that are no stream at all do no harm', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'inflater-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const memory = new PackMemory();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const stream = Buffer.concat([Buffer.from([0x78, 0x9c]), bytes]);
      assert.doesNotThrow(() => inflated(memory, directory, stream, 1 << 16));
    }),
  );
  assert.deepEqual(inflated(memory, directory, deflateSync('still well'), 10), Buffer.from('still well'));
});

test('the compiled module is what its source compiles to', async () => {
  const asc = await import('assemblyscript/asc');
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    ['assembly/inflate.ts', '--target', 'release', '--baseDir', join(import.meta.dirname, '..')],
    {
      writeFile: (_, contents) => {
        compiled = contents as Uint8Array;
      },
    },
  );
  assert.equal(error, null, stderr.toString());
  const here = readFileSync(new URL('./pack.wasm', import.meta.url));
  assert.ok(
    compiled !== undefined && here.equals(compiled),
    'src/pack.wasm is out of date: nx run git-objects:wasm',
  );
});
