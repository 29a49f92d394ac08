import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileSystemOf, findMount } from './file-system.ts';

const MOUNTS = `22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:25 / /mnt/crates rw shared:2 - xfs /dev/sdb1 rw
31 22 0:26 / /mnt/with\\040space rw master:1 propagate_from:2 - nfs4 server:/x rw
32 30 0:27 / /mnt/crates rw - tmpfs tmpfs rw
`;

test('the innermost mount has a path, and of several on one point the last', () => {
  const table: [string, ReturnType<typeof findMount>][] = [
    ['/srv/mirror', { point: '/', type: 'ext4' }],
    ['/mnt/crates/out', { point: '/mnt/crates', type: 'tmpfs' }],
    ['/mnt/crates', { point: '/mnt/crates', type: 'tmpfs' }],
    ['/mnt/crates-2', { point: '/', type: 'ext4' }],
    ['/mnt/with space/x', { point: '/mnt/with space', type: 'nfs4' }],
  ];
  for (const [path, mount] of table) assert.deepEqual(findMount(MOUNTS, path), mount, path);
  assert.equal(findMount('', '/srv'), undefined);
});

test('a path that is yet to be made is on the file system of its nearest directory', () => {
  const { free, mount } = fileSystemOf(join(tmpdir(), 'not', 'there', 'yet'));
  assert.ok(Number.isSafeInteger(free) && free >= 0);
  assert.deepEqual(mount, fileSystemOf(tmpdir()).mount);
});
