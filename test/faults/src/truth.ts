import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readTree, records } from '@crates-mirror/e2e/tools';
import type { ManifestRecord } from '@crates-mirror/manifest';
import { assertRight } from './modes.ts';

/**
 * Checks that files recorded as held are on disk, and that no wrong content has a final name. (A
 * file recorded as failed may exist: a disk can fail just after the rename.)
 */
export async function assertTrue(
  cwd: string,
  code: number | null,
  files: ReadonlyMap<string, Buffer>,
): Promise<ManifestRecord[]> {
  const reported = existsSync(join(cwd, 'all.jsonl')) ? await records(join(cwd, 'all.jsonl')) : [];
  const tree = existsSync(join(cwd, 'm')) ? readTree(join(cwd, 'm')) : new Map<string, Buffer>();
  assertRight(tree, files);
  const paths = reported.map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length, 'a crate file has two records');
  for (const { path, ok, status, storage } of reported) {
    if (ok && storage?.startsWith('filesystem') === true)
      assert.ok(tree.has(path), `${path} is ${status}, and not there`);
  }
  if (code === 0) {
    assert.deepEqual(
      paths.sort(),
      [...files.keys()].sort(),
      'exit code 0, and not every crate file has a record',
    );
    const failed = reported.find(({ status }) => status === 'error');
    assert.equal(failed, undefined, `exit code 0, and ${failed?.path} has failed`);
  }
  return reported;
}
