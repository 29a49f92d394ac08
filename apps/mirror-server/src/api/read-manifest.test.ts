import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CodedError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { readManifestText } from './read-manifest.ts';

type Member = readonly [name: string, content: string | Buffer, more?: Partial<Header>];

async function packed(...members: Member[]): Promise<Buffer> {
  const tar = pack();
  for (const [name, content, more = {}] of members) tar.entry({ name, ...more }, content);
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  return gzipSync(Buffer.concat(pieces));
}

async function* inPieces(bytes: Buffer, size = 1000, onPiece: () => void = () => {}): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    onPiece();
    yield bytes.subarray(at, at + size);
  }
}

const read = (bytes: Buffer): Promise<string> => readManifestText(inPieces(bytes), 'a', '1.0.0');

function assertNone(bytes: Buffer, why: RegExp): Promise<void> {
  return assert.rejects(read(bytes), (error) => {
    assert.ok(error instanceof CodedError && error.code === 'no_manifest', String(error));
    assert.match(error.message, why);
    return true;
  });
}

test('the manifest of the crate itself is read, and no further', async () => {
  const noise = randomBytes(2_000_000);
  const bytes = await packed(
    ['a-1.0.0/tests/Cargo.toml', 'other'],
    ['a-1.0.0/Cargo.toml', 'right'],
    ['a-1.0.0/noise', noise],
  );
  let pieces = 0;
  const text = await readManifestText(
    inPieces(bytes, 1000, () => {
      pieces += 1;
    }),
    'a',
    '1.0.0',
  );
  assert.equal(text, 'right');
  assert.ok(pieces < bytes.length / 2000, `${pieces} pieces of ${bytes.length} bytes`);
});

test('what has none, or one that is no file or too large, is reported', async () => {
  await assertNone(await packed(['b-1.0.0/Cargo.toml', '']), /^there is none$/);
  await assertNone(await packed(['a-1.0.0/Cargo.toml', '', { type: 'directory' }]), /^there is none$/);
  const link = { type: 'symlink', linkname: '/etc/passwd' } as const;
  await assertNone(await packed(['a-1.0.0/Cargo.toml', '', link]), /^there is none$/);
  await assertNone(await packed(['a-1.0.0/Cargo.toml', Buffer.alloc(2 << 20)]), /^it has 2097152 bytes$/);
  await assertNone(
    await packed(['bomb', Buffer.alloc(40 << 20)], ['a-1.0.0/Cargo.toml', '']),
    /^it is not within the first 33554432 bytes$/,
  );
});

test('a manifest is UTF-8, with a BOM or without one', async () => {
  assert.equal(await read(await packed(['a-1.0.0/Cargo.toml', '\ufeffüber'])), 'über');
  await assertNone(await packed(['a-1.0.0/Cargo.toml', Buffer.from('caf\xe9', 'latin1')]), /not valid/);
});

test('an invalid gzip or tar is reported, and so is one that is cut short', async () => {
  const whole = await packed(['a-1.0.0/x', Buffer.alloc(100_000, 'x')], ['a-1.0.0/Cargo.toml', 'x']);
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('<html>'),
    gzipSync(Buffer.alloc(2000, 'x')),
    whole.subarray(0, 90),
  ])
    await assertNone(bytes, /./);
});

test('what fails while it is read is handed on: it says nothing of the bytes', async () => {
  const failure = new CodedError('unreadable', 'EIO');
  async function* failing(): AsyncGenerator<Buffer> {
    yield (await packed(['a-1.0.0/x', 'x'])).subarray(0, 20);
    throw failure;
  }
  await assert.rejects(readManifestText(failing(), 'a', '1.0.0'), failure);
});

test('whatever the bytes, an answer comes: a text or why not', async () => {
  const good = await packed(['a-1.0.0/Cargo.toml', '[package]']);
  const anything = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 2000 }).map((bytes) => gzipSync(bytes)),
    fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
      const bent = Buffer.from(good);
      bent[at] = byte;
      return bent;
    }),
  );
  await fc.assert(
    fc.asyncProperty(anything, async (bytes) => {
      const text = await read(bytes).catch((error: unknown) => error);
      assert.ok(
        typeof text === 'string' || (text instanceof CodedError && text.code === 'no_manifest'),
        String(text),
      );
    }),
  );
});
