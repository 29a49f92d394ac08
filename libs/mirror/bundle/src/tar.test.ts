import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { END_OF_ARCHIVE, paddingOf } from '@crates-mirror/tar';
import fc from 'fast-check';
import { tarHeader } from './format/tar-header.ts';
import { readTar } from './index.ts';
import { encodeFrame } from './write/frame-encoder.ts';

let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'tar-')), 'a.tar.zst');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

type Files = readonly (readonly [string, Buffer])[];

function tarOf(files: Files): Buffer {
  const parts = files.flatMap(([name, content]) => [
    tarHeader(name, content.length),
    content,
    Buffer.alloc(paddingOf(content.length)),
  ]);
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

async function readAll(): Promise<[string, Buffer][]> {
  const all: [string, Buffer][] = [];
  for await (const { name, type, size, content } of readTar(path)) {
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece);
    const bytes = Buffer.concat(pieces);
    assert.equal(type, 'file');
    assert.equal(bytes.length, size);
    all.push([name, bytes]);
  }
  return all;
}

const LONG = 'directory/'.repeat(12);
const FILES: Files = [
  ['se/rd/serde-1.0.0+build.7.crate', Buffer.from('x'.repeat(1000))],
  ['empty', Buffer.alloc(0)],
  [`a/${'n'.repeat(98)}`, Buffer.alloc(512, 1)],
  [`${LONG}${'n'.repeat(100)}`, Buffer.alloc(513, 2)],
  [`${'p'.repeat(155)}/${'n'.repeat(100)}`, Buffer.alloc(1, 3)],
  [`${'p'.repeat(156)}/${'n'.repeat(100)}`, Buffer.alloc(2, 4)],
  [`${'q'.repeat(101)}`, Buffer.alloc(3, 5)],
  [`${LONG.repeat(3)}long`, Buffer.alloc(4, 6)],
  ['ümläut/名前.crate', Buffer.alloc(5, 7)],
];

test('GNU tar reads every kind of name, with the attributes that make equal input equal bytes', (t) => {
  if (!/GNU tar/.test(String(spawnSync('tar', ['--version']).stdout))) {
    t.skip('GNU tar is not installed');
    return;
  }
  const archive = path.replace(/\.zst$/, '');
  writeFileSync(archive, tarOf(FILES));
  const run = (...args: string[]) => {
    const { stdout, stderr, status } = spawnSync('tar', [...args, '-f', archive], {
      env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    });
    assert.equal(String(stderr), '');
    assert.equal(status, 0);
    return stdout;
  };
  const lines = String(run('--quoting-style=literal', '-tv')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => line.replace(/ +/g, ' ')),
    FILES.map(([name, { length }]) => `-rw-r--r-- 0/0 ${length} 1970-01-01 00:00 ${name}`),
  );
  for (const [name, content] of FILES) assert.deepEqual(run('-xO', name), content, name);
});

test('a layout is read back, whatever the names and the frames', async () => {
  const part = fc.string({
    unit: fc.constantFrom('a', 'Z', '0', '-', '_', '+', '.', 'é', '漢'),
    minLength: 1,
    maxLength: 90,
  });
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
  const files = fc.array(fc.tuple(name, fc.uint8Array({ maxLength: 1500 })), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(files, fc.integer({ min: 300, max: 4000 }), async (list, frameSize) => {
      const expected = list.map(([one, content]) => [one, Buffer.from(content)] as const);
      const tar = tarOf(expected);
      const frames: Buffer[] = [];
      for (let at = 0; at < tar.length; at += frameSize) {
        frames.push(encodeFrame(tar.subarray(at, at + frameSize)).bytes);
      }
      writeFileSync(path, Buffer.concat(frames));
      assert.deepEqual(
        await readAll(),
        expected.map(([one, content]) => [one, content]),
      );
    }),
    { numRuns: 40 },
  );
});

test('many frames that arrive in one read are all decoded', async () => {
  const tar = tarOf(Array.from({ length: 300 }, (_, i) => [`f-${i}`, Buffer.from(String(i))] as const));
  const frames: Buffer[] = [];
  for (let at = 0; at < tar.length; at += 512) frames.push(zstdCompressSync(tar.subarray(at, at + 512)));
  writeFileSync(path, Buffer.concat(frames));
  assert.equal((await readAll()).length, 300);
});

test('anything but a whole .tar.zst is distinguished', async () => {
  const tar = tarOf(FILES);
  const whole = zstdCompressSync(tar);
  for (const [content, message] of [
    [Buffer.from('plain text, much like a tar'), 'not compressed with zstd, or damaged'],
    [zstdCompressSync(Buffer.alloc(2048, 'text')), 'no tar inside, or damaged'],
    [whole.subarray(0, whole.length - 5), 'cut short'],
    [zstdCompressSync(tar.subarray(0, 700)), 'cut short'],
    [zstdCompressSync(tar.subarray(0, tar.length - 512)), 'cut short: it has no end-of-archive marker'],
    [Buffer.alloc(0), 'cut short'],
  ] as const) {
    writeFileSync(path, content);
    await assert.rejects(readAll(), { code: 'bundle_damaged', message });
  }
});

test('zeros that a file ends in are no end of an archive', async () => {
  const tar = tarOf([
    ['zeros', Buffer.alloc(4096)],
    ['after', Buffer.from('x')],
  ]);
  const frames = [tar.subarray(0, 512 + 4096), tar.subarray(512 + 4096)].map((part) =>
    zstdCompressSync(part),
  );
  const [first] = frames as [Buffer, Buffer];
  writeFileSync(path, first);
  await assert.rejects(readAll(), { message: 'cut short: it has no end-of-archive marker' });
  writeFileSync(path, Buffer.concat(frames));
  assert.equal((await readAll()).length, 2);
});

test('an invalid frame ends an archive, but costs nothing of the frames before it', async () => {
  const whole = zstdCompressSync(tarOf(FILES));
  const half = zstdCompressSync(tarOf(FILES).subarray(0, -1024));
  for (const frame of [whole, half]) {
    writeFileSync(path, Buffer.concat([frame, Buffer.from('no frame')]));
    let count = 0;
    const reading = async () => {
      for await (const _ of readTar(path)) count += 1;
    };
    const message = `damaged: what follows its first ${frame.length} bytes is no zstd frame`;
    await assert.rejects(reading(), { code: 'bundle_damaged', message });
    assert.equal(count, FILES.length);
  }
});

test('entries can be left unread, and reading can stop', async () => {
  writeFileSync(path, zstdCompressSync(tarOf(FILES)));
  const names: string[] = [];
  for await (const { name } of readTar(path)) names.push(name);
  assert.deepEqual(
    names,
    FILES.map(([name]) => name),
  );
  for await (const { name } of readTar(path)) {
    assert.equal(name, FILES[0]?.[0]);
    break;
  }
});
