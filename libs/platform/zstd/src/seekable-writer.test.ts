import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { type Compress, compressor } from './compressor.ts';
import { decodeSeekTable, type FrameSizes, SEEK_FOOTER_SIZE, seekTableSizeOf } from './seek-table.ts';
import { type FrameOptions, SeekableWriter } from './seekable-writer.ts';

const LEVEL = 3;
const native = compressor();
const byNode = compressor(() => {
  throw new Error('not installed');
});

async function write(
  pieces: readonly Uint8Array[],
  options: Partial<FrameOptions> = {},
  compress: Compress = native,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  const writer = new SeekableWriter(
    (bytes) => parts.push(Buffer.from(bytes)),
    { size: 1000, areLines: false, level: LEVEL, inParallel: 3, ...options },
    compress,
  );
  for (const piece of pieces) {
    writer.put(piece);
    await writer.drain();
  }
  await writer.finish();
  return Buffer.concat(parts);
}

/** The content of each frame, located only through the seek table. */
function framesOf(file: Buffer): Buffer[] {
  const tableSize = seekTableSizeOf(file.subarray(-SEEK_FOOTER_SIZE)) ?? 0;
  const dataSize = file.length - tableSize;
  const frames: FrameSizes[] = [];
  const flaw = decodeSeekTable(file.subarray(dataSize), dataSize, (frame) => frames.push(frame));
  assert.equal(flaw, undefined);
  let start = 0;
  return frames.map(({ size, contentSize }) => {
    const content = zstdDecompressSync(file.subarray(start, start + size));
    start += size;
    assert.equal(content.length, contentSize);
    return content;
  });
}

function lines(count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, i) => `{"number":${i},"text":"${i % 7}"}\n`).join(''));
}

test('frames hold the content in its order, whatever its pieces and the encoder', async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      pieces,
      fc.constantFrom(native, byNode),
      fc.integer({ min: 1, max: 4 }),
      async (all, compress, inParallel) => {
        const file = await write(all, { inParallel }, compress);
        const content = Buffer.concat(all);
        const frames = framesOf(file);
        assert.deepEqual(Buffer.concat(frames), content);
        assert.deepEqual(file, await write([content], {}, compress));
        for (const frame of frames.slice(0, -1)) assert.equal(frame.length, 1000);
      },
    ),
    { numRuns: 40 },
  );
});

test('frames of lines begin with a line, also of lines that are longer than a frame', async () => {
  const line = fc.integer({ min: 0, max: 2500 }).map((length) => `${'x'.repeat(length)}\n`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 12 }),
      fc.integer({ min: 1, max: 900 }),
      async (all, step) => {
        const content = Buffer.from(all.join(''));
        const pieces: Buffer[] = [];
        for (let at = 0; at < content.length; at += step) pieces.push(content.subarray(at, at + step));
        const frames = framesOf(await write(pieces, { areLines: true }));
        assert.deepEqual(Buffer.concat(frames), content);
        for (const frame of frames) if (frame.length > 0) assert.equal(frame.at(-1), 0x0a);
      },
    ),
    { numRuns: 40 },
  );
});

test('zstd itself proves, lists and decompresses them', async (t) => {
  const directory = scratch(t);
  if (spawnSync('zstd', ['--version']).error !== undefined) return t.skip('zstd is not installed');
  const path = join(directory, 'lines.zst');
  for (const compress of [native, byNode])
    for (const content of [Buffer.alloc(0), lines(1), lines(20_000)]) {
      writeFileSync(path, await write([content], { size: 1 << 16, areLines: true }, compress));
      assert.equal(spawnSync('zstd', ['-tq', path]).status, 0);
      assert.deepEqual(spawnSync('zstd', ['-dc', path], { maxBuffer: 1 << 24 }).stdout, content);
      const listed = String(spawnSync('zstd', ['-lv', path]).stdout);
      const { length } = framesOf(await write([content], { size: 1 << 16, areLines: true }, compress));
      assert.match(listed, new RegExp(`Zstandard Frames: ${length}\\n`));
      assert.match(listed, /Skippable Frames: 1\n/);
      assert.match(listed, new RegExp(`Decompressed Size: .*\\(${content.length} B\\)`));
      assert.match(listed, /Check: XXH64/);
    }
});

test('a frame whose bytes have changed is noticed by its checksum', async () => {
  const file = await write([lines(20)], { size: 1 << 16 });
  const tableSize = seekTableSizeOf(file.subarray(-SEEK_FOOTER_SIZE)) ?? 0;
  const checksum = file.length - tableSize - 1;
  file.writeUInt8(file.readUInt8(checksum) ^ 1, checksum);
  assert.throws(() => framesOf(file));
});

test('both encoders heed the level', async () => {
  for (const compress of [native, byNode]) {
    const [fast, small] = [await compress(lines(4000), 1), await compress(lines(4000), 19)];
    assert.ok(small.length < fast.length);
    assert.deepEqual(zstdDecompressSync(small), lines(4000));
  }
});

test('what cannot be compressed or written is reported where it is waited for', async () => {
  const broken = (): Promise<Buffer> => Promise.reject(new Error('no memory'));
  await assert.rejects(write([lines(2000)], {}, broken), /no memory/);
  const full = new SeekableWriter(
    () => {
      throw new Error('no space');
    },
    { size: 1000, areLines: false, level: LEVEL, inParallel: 1 },
  );
  full.put(lines(2000));
  await assert.rejects(full.drain(), /no space/);
});

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'zstd-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}
