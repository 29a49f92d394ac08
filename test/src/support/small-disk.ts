import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from './tools.ts';

export interface SmallDisk {
  readonly path: string;
  /** @param options as for `mount -o` */
  remount(options: string): void;
}

/** Mounts a tmpfs of the given size for a test. @returns undefined if that is not permitted */
export function mountSmallDisk(t: Cleanup, size: string): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const isMounted = mount(['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]) === 0;
  t.after(() => {
    if (isMounted) spawnSync('umount', ['-l', path]);
    rmdirSync(path);
  });
  return isMounted
    ? { path, remount: (options) => void mount(['-o', `remount,${options}`, path]) }
    : undefined;
}

function mount(args: string[]): number | null {
  return spawnSync('mount', args, { stdio: 'ignore' }).status;
}
