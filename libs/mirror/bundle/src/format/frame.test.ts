import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { paddingOf } from '@crates-mirror/tar';
import { encodeSeekTable, seekTableSize } from '@crates-mirror/zstd/seek-table';
import fc from 'fast-check';
import { openSeekable } from '../index.ts';
import { encodeFrame, FRAME_ROOM, type Frame, FrameEncoder, pieceRoom } from '../write/frame-encoder.ts';
import { tarHeader } from './tar-header.ts';
import { measureFrame } from './zstd-frame.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'frame-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.integer({ min: 0, max: 400_000 }).map((size) => new Uint8Array(size)),
  fc.integer({ min: 0, max: 400_000 }).map((size) => pseudoRandom(size)),
);

function pseudoRandom(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = size + 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

test('a frame decodes to its content, says its size and checksum, and is as long as it measures', async () => {
  await fc.assert(
    fc.asyncProperty(contents, async (content) => {
      const { bytes, contentSize, checksum } = encodeFrame(content);
      assert.deepEqual(zstdDecompressSync(bytes), Buffer.from(content));
      assert.equal(contentSize, content.length);
      const extent = measureFrame(Buffer.concat([bytes, bytes]));
      assert.equal(extent?.size, bytes.length);
      assert.equal(extent?.contentSize, content.length);
      assert.equal(extent?.checksum, checksum);
      assert.ok((extent?.contentBound ?? 0) >= content.length);
      assert.ok(bytes.length <= content.length + FRAME_ROOM + pieceRoom(content.length));
    }),
    { numRuns: 60 },
  );
});

test('tar within a frame is as it was, whatever the pieces, and its zeros take next to nothing', () => {
  const piece = fc.record({
    kind: fc.constantFrom('raw' as const, 'sparse' as const, 'zeros' as const),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 700 }),
      fc
        .array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 0, 0, 7), { maxLength: 700 })
        .map((list) => Uint8Array.from(list)),
      fc.integer({ min: 0, max: 300_000 }).map((size) => new Uint8Array(size)),
    ),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const room = pieces.reduce((sum, { bytes }) => sum + pieceRoom(bytes.length), FRAME_ROOM);
      const encoder = new FrameEncoder(Buffer.alloc(room, 0xff));
      const expected = pieces.map(({ kind, bytes }) => {
        if (kind === 'zeros') encoder.zeros(bytes.length);
        else encoder[kind](bytes);
        return kind === 'zeros' ? Buffer.alloc(bytes.length) : bytes;
      });
      const { bytes, contentSize } = encoder.end();
      const content = Buffer.concat(expected);
      assert.equal(contentSize, content.length);
      assert.equal(measureFrame(bytes)?.size, bytes.length);
      assert.deepEqual(zstdDecompressSync(bytes), content);
    }),
    { numRuns: 300 },
  );
  const member = new FrameEncoder(Buffer.alloc(40_000));
  member.sparse(tarHeader('se/rd/serde-1.0.0.crate', 30_000));
  member.raw(pseudoRandom(30_000));
  member.zeros(paddingOf(30_000));
  assert.ok(member.end().bytes.length < 30_000 + 200);
});

test('a frame that is cut short measures as incomplete at every length', async () => {
  const { bytes } = encodeFrame(pseudoRandom(300));
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(measureFrame(bytes.subarray(0, length)), undefined, String(length));
  }
  assert.throws(() => measureFrame(Buffer.from('gzip, say, or anything')), {
    code: 'bundle_damaged',
    message: 'no zstd frame',
  });
});

test('one wrong byte in a frame does not decode', async () => {
  const { bytes } = encodeFrame(pseudoRandom(5000));
  for (const offset of [20, 2500, bytes.length - 1]) {
    const wrong = Buffer.from(bytes);
    wrong.writeUInt8(wrong.readUInt8(offset) ^ 1, offset);
    assert.throws(() => zstdDecompressSync(wrong), /checksum/);
  }
});

test('zstd itself agrees with frames and seek table', async (t) => {
  if (spawnSync('zstd', ['--version']).error !== undefined) {
    t.skip('zstd is not installed');
    return;
  }
  const pieces = [pseudoRandom(100_000), new Uint8Array(50_000), pseudoRandom(3)];
  const path = join(directory, 'seekable.zst');
  writeSeekable(path, frames(pieces));
  const tested = spawnSync('zstd', ['-t', path], { encoding: 'utf8' });
  assert.equal(tested.status, 0, tested.stderr);
  const listed = spawnSync('zstd', ['-lv', path], { encoding: 'utf8' }).stdout;
  assert.match(listed, /# Zstandard Frames: 3\n# Skippable Frames: 1\n/);
  assert.match(listed, /Decompressed Size: .*\(150003 B\)/);
  assert.match(listed, /Check: XXH64/);
  assert.deepEqual(spawnSync('zstd', ['-dc', path], { maxBuffer: 1 << 20 }).stdout, Buffer.concat(pieces));
});

function frames(pieces: readonly Uint8Array[]) {
  return pieces.map(encodeFrame);
}

function writeSeekable(path: string, parts: ReturnType<typeof frames>): void {
  const table = encodeSeekTable(
    parts.map(({ bytes, contentSize, checksum }) => ({ size: bytes.length, contentSize, checksum })),
  );
  assert.equal(table.length, seekTableSize(parts.length));
  writeFileSync(path, Buffer.concat([...parts.map(({ bytes }) => bytes), table]));
}

test('any range of a seekable file reads as what was written', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (lengths, a, b) => {
      const pieces = lengths.map(pseudoRandom);
      const whole = Buffer.concat(pieces);
      const path = join(directory, 'ranges.zst');
      writeSeekable(path, frames(pieces));
      const file = openSeekable(path);
      assert.ok(file);
      assert.equal(file.contentSize, whole.length);
      const offset = a % whole.length;
      const size = b % (whole.length - offset + 1);
      assert.deepEqual(Buffer.concat([...file.read(offset, size)]), whole.subarray(offset, offset + size));
      file.close();
    }),
    { numRuns: 50 },
  );
});

test('frames that an encoder has compressed are measured and read as well', () => {
  const pieces = [pseudoRandom(200_000), Buffer.alloc(300_000, 'crate '), pseudoRandom(7), Buffer.alloc(40)];
  const compressed = pieces.map((piece): Frame => {
    const bytes = zstdCompressSync(piece, {
      pledgedSrcSize: piece.length,
      params: { [constants.ZSTD_c_contentSizeFlag]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
    });
    const { size, contentSize, checksum } = measureFrame(bytes) ?? {};
    assert.deepEqual([size, contentSize], [bytes.length, piece.length]);
    assert.equal(checksum, encodeFrame(piece).checksum);
    return { bytes, contentSize: piece.length, checksum: checksum as number };
  });
  assert.ok((compressed[1]?.bytes.length ?? 0) < 1000);
  const path = join(directory, 'compressed.zst');
  writeSeekable(path, compressed);
  const file = openSeekable(path);
  const whole = Buffer.concat(pieces);
  assert.deepEqual(Buffer.concat([...(file?.read(0, whole.length) ?? [])]), whole);
  assert.deepEqual(
    Buffer.concat([...(file?.read(199_990, 300_020) ?? [])]),
    whole.subarray(199_990, 199_990 + 300_020),
  );
  file?.close();
});

test('a file without a seek table, and with a damaged one', async () => {
  const path = join(directory, 'plain.zst');
  const [frame] = frames([pseudoRandom(100)]);
  assert.ok(frame);
  for (const content of [Buffer.alloc(0), Buffer.alloc(100), frame.bytes]) {
    writeFileSync(path, content);
    assert.equal(openSeekable(path), undefined);
  }
  const table = encodeSeekTable([{ size: frame.bytes.length + 1, contentSize: 100, checksum: 0 }]);
  writeFileSync(path, Buffer.concat([frame.bytes, table]));
  assert.throws(() => openSeekable(path), { message: 'the seek table does not fit the file' });
  table.writeUInt32LE(7, 0);
  writeFileSync(path, Buffer.concat([frame.bytes, table]));
  assert.throws(() => openSeekable(path), { message: 'the seek table is damaged' });
});

test('a table of frames of no size, and one of absurd length, are no traps', async () => {
  const path = join(directory, 'trap.zst');
  const entries = Array.from({ length: 1000 }, () => ({ size: 0, contentSize: 0, checksum: 0 }));
  writeFileSync(path, encodeSeekTable(entries));
  assert.throws(() => openSeekable(path), { message: 'the seek table is damaged' });
  const footer = encodeSeekTable([]).subarray(-9);
  footer.writeUInt32LE(100_000_000, 0);
  writeFileSync(path, footer);
  truncateSync(path, 2 ** 31);
  const fd = openSync(path, 'r+');
  writeSync(fd, footer, 0, 9, 2 ** 31 - 9);
  closeSync(fd);
  assert.throws(() => openSeekable(path), { message: 'a seek table of 1200000017 bytes is not believed' });
});

test('a table of millions of frames takes no memory of objects', () => {
  const path = join(directory, 'many.zst');
  const count = 2_000_000;
  const table = encodeSeekTable(Array(count).fill({ size: 1, contentSize: 1, checksum: 0 }));
  writeFileSync(path, Buffer.concat([Buffer.alloc(count), table]));
  const script = `
    const { openSeekable } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)});
    console.log(String(openSeekable(process.argv[1]).contentSize));
  `;
  const args = ['--max-old-space-size=64', '--input-type=module', '-e', script, path];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `${count}\n`);
});

test('content whose checksum alone is wrong is read, for others to judge', async () => {
  const path = join(directory, 'flipped.zst');
  const frame = encodeFrame(pseudoRandom(5000));
  frame.bytes.writeUInt8(frame.bytes.readUInt8(2500) ^ 1, 2500);
  writeSeekable(path, [frame]);
  const file = openSeekable(path);
  assert.equal(
    Buffer.concat([...(file?.read(0, 1000) ?? [])]).compare(pseudoRandom(5000).subarray(0, 1000)),
    0,
  );
  file?.close();
});

test('a frame that claims to be huge is not decoded', async () => {
  const path = join(directory, 'huge.zst');
  const [frame] = frames([pseudoRandom(100)]);
  assert.ok(frame);
  const table = encodeSeekTable([{ size: frame.bytes.length, contentSize: 2 ** 31, checksum: 0 }]);
  writeFileSync(path, Buffer.concat([frame.bytes, table]));
  const file = openSeekable(path);
  assert.throws(() => [...(file?.read(0, 10) ?? [])], /has a frame of 2147483648 bytes/);
  file?.close();
});
