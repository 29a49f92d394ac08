import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { makeDirectories } from './index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'make-directories-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('makes missing directories, and accepts existing ones', () => {
  for (const path of ['a/b/c', 'a/b', 'a/b/d/', '.', 'a/../e']) {
    makeDirectories(join(directory, path));
    assert.ok(statSync(join(directory, path)).isDirectory(), path);
  }
  makeDirectories('/');
});

test('a file in the way is reported as what it is', () => {
  writeFileSync(join(directory, 'file'), '');
  assert.throws(() => makeDirectories(join(directory, 'file')), { code: 'EEXIST' });
  assert.throws(() => makeDirectories(join(directory, 'file/below')), { code: 'ENOTDIR' });
});

test('a link is followed, and reported where it leads nowhere', () => {
  symlinkSync(directory, join(directory, 'here'));
  makeDirectories(join(directory, 'here'));
  const path = join(directory, 'nowhere');
  symlinkSync(join(directory, 'gone'), path);
  for (const asked of [path, join(path, 'below')])
    assert.throws(() => makeDirectories(asked), {
      message: `${path} is a link to nowhere; make what it leads to, or remove it`,
    });
});

test('where no directory can be made, that is an error and not a loop', (t) => {
  if (!existsSync('/proc/self')) {
    t.skip('this system has no /proc');
    return;
  }
  assert.throws(() => makeDirectories('/proc/crates-mirror/sub'), { code: 'ENOENT' });
});

test('threads that make the same directories do not get into each other’s way', async () => {
  const script = `
    const { workerData } = require('node:worker_threads');
    import(workerData.url).then(({ makeDirectories }) => {
      const ready = new Int32Array(workerData.ready);
      if (Atomics.add(ready, 0, 1) === 3) Atomics.notify(ready, 0);
      for (let n = 0; n < 4; n = Atomics.load(ready, 0)) Atomics.wait(ready, 0, n);
      for (let i = 0; i < 400; i++) makeDirectories(workerData.directory + '/' + i + '/b/c/d');
    });
  `;
  const url = new URL('./make-directories.ts', import.meta.url).href;
  const workerData = { url, directory, ready: new SharedArrayBuffer(4) };
  const ends = Array.from({ length: 4 }, async () => {
    const worker = new Worker(script, { eval: true, workerData });
    await once(worker, 'exit');
  });
  await Promise.all(ends);
});
