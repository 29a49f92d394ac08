import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CrateFiles, type OpenCrateFile } from '@crates-mirror/crate-files';
import { CodedError } from '@crates-mirror/errors';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { CrateBodies } from './crate-bodies.ts';

const CONTENT = Buffer.alloc(3_000_000, 'x');
const WANTED = { name: 'large', version: '1.0.0', sha256: sha256Hex(CONTENT) };
const ALL = { start: 0, end: CONTENT.length - 1 };

test('a stream that ends too early is reported once: by the files where they are damaged, else here', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'crate-bodies-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'la/rg'), { recursive: true });
  const path = join(root, 'la/rg/large-1.0.0.crate');
  writeFileSync(path, CONTENT);
  const notes: string[] = [];
  const onNote = (message: string): void => void notes.push(message);
  const mirror = { root, layout: parseLayout('cargo') };
  const files = new CrateFiles({ mirror, bundlesDirectory: undefined, onNote });
  const stream = async (bodies: CrateBodies): Promise<number> => {
    const body = (await bodies.find(WANTED, async () => () => {}))?.body as OpenCrateFile;
    let size = 0;
    try {
      for await (const piece of body.read(ALL)) {
        size += piece.length;
        truncateSync(path, 1_000_000);
      }
    } finally {
      body.close();
    }
    return size;
  };

  await assert.rejects(stream(new CrateBodies(files, onNote)), { code: 'damaged' });
  assert.equal(notes.length, 1);
  assert.match(notes.pop() as string, /^large 1\.0\.0 is damaged in /);

  // Simulates a disk that fails while the file is read.
  writeFileSync(path, CONTENT);
  const failing = {
    use: files.use.bind(files),
    load: files.load.bind(files),
    async open(): Promise<OpenCrateFile> {
      // biome-ignore lint/correctness/useYield: it fails before the first piece
      const read = async function* (): AsyncGenerator<Buffer> {
        throw new CodedError('unreadable', `${path} cannot be read now: EIO: i/o error, read`);
      };
      return { size: CONTENT.length, read, close: () => {} };
    },
  };
  await assert.rejects(stream(new CrateBodies(failing, onNote)), { code: 'unreadable' });
  assert.deepEqual(notes, [`an answer was cut off: ${path} cannot be read now: EIO: i/o error, read`]);
});

test('for a client that has the bytes, a file is only looked for', async () => {
  const places = [{ kind: 'loose' as const, path: '', size: 10, mtimeMs: 1234 }];
  const read = (): never => assert.fail('nothing is read');
  const use: CrateFiles['use'] = async (_, how) => {
    const place = places.pop();
    return place === undefined ? undefined : how(place);
  };
  const bodies = new CrateBodies({ use, open: read, load: read }, () => {});
  assert.deepEqual(await bodies.look(WANTED), { body: Buffer.alloc(0), lastModified: 1234 });
  assert.equal(await bodies.look(WANTED), undefined, 'not held');
});
