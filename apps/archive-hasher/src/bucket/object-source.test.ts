import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, FatalError } from '@crates-mirror/errors';
import { ObjectSource, PIECE_SIZE } from './object-source.ts';

const SIZE = PIECE_SIZE + 5;
const OBJECT = { key: 'k', size: SIZE, etag: 'e' };

/** @param failure of the second request */
function sourceOf(failure?: Error): { readonly source: ObjectSource; readonly asked: string[] } {
  const asked: string[] = [];
  const getRange = async (key: string, start: number, end: number, etag: string): Promise<Buffer> => {
    asked.push(`${key} ${start}-${end} ${etag}`);
    if (failure !== undefined && start > 0) throw failure;
    return Buffer.alloc(end + 1 - start, start === 0 ? 'a' : 'b');
  };
  return { source: new ObjectSource({ getRange }, OBJECT), asked };
}

test('an object is read in pieces, each of the version that was listed', async () => {
  const { source, asked } = sourceOf();
  assert.equal(asked.length, 1, 'the first piece is requested at once');
  const content = Buffer.alloc(SIZE);
  await source.fill(content.subarray(0, 7));
  await source.fill(content.subarray(7));
  assert.deepEqual(asked, [`k 0-${PIECE_SIZE - 1} e`, `k ${PIECE_SIZE}-${SIZE - 1} e`]);
  assert.equal(content.toString('latin1', PIECE_SIZE - 1), 'abbbbb');
  assert.equal(source.close(), undefined);
});

test('an object that is replaced or removed while it is read is reported, and has zeros for what is missing', async () => {
  for (const code of ['changed', 'gone']) {
    const { source } = sourceOf(new CodedError(code, 'k has changed'));
    const content = Buffer.alloc(SIZE, '?');
    await source.fill(content);
    assert.equal(content.toString('latin1', PIECE_SIZE - 1), 'a\0\0\0\0\0');
    assert.match(source.close() ?? '', /^changed while it was read/);
  }
});

test('a store that fails ends the run', async () => {
  const { source } = sourceOf(new FatalError('access_denied', 'GET k: refused'));
  await assert.rejects(source.fill(Buffer.alloc(SIZE)), { code: 'access_denied' });
});
