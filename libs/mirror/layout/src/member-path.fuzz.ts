import assert from 'node:assert/strict';
import { posix, win32 } from 'node:path';
import { checkMemberPath } from './member-path.ts';

export const seeds = [
  './se/rd/serde-1.0.0.crate',
  'a/../b',
  '/etc/passwd',
  'c:x',
  'CON',
  '.crates-mirror/lock',
];

/** The name of a tar's member is refused, or stays below the root, on any system. */
export function fuzz(data: Buffer): void {
  for (const [platform, paths] of [
    ['linux', posix],
    ['win32', win32],
  ] as const) {
    const checked = checkMemberPath(data.toString(), platform);
    if ('refused' in checked) continue;
    const root = platform === 'linux' ? '/m' : 'C:\\m';
    const at = paths.resolve(root, checked.path);
    assert.ok(at.startsWith(root + paths.sep) && !at.includes('\0'), at);
    assert.deepEqual(checkMemberPath(checked.path, platform), checked);
  }
}
