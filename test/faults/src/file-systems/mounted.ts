import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '@crates-mirror/e2e/tools';
import { CleanUps } from '../campaign-run.ts';
import { type FileSystem, run } from './mounts.ts';

/** A mounted file system for a round. */
export interface Mounted {
  readonly path: string;
  /** Unmounts and mounts it, so that nothing is left in caches. */
  again(): void;
}

/** @throws Error if this machine cannot */
export function mounted(t: Cleanup, fileSystem: FileSystem): Mounted {
  const directory = mkdtempSync(join(tmpdir(), 'mounted-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const [scratch, path] = [join(directory, 'scratch'), join(directory, 'at')];
  mkdirSync(scratch);
  mkdirSync(path);
  const mount = fileSystem.make(t, scratch);
  mount(path);
  t.after(() => run('umount', path));
  return {
    path,
    again: () => {
      run('umount', path);
      mount(path);
    },
  };
}

/** @returns the reason why a file system cannot be mounted here, if there is one */
export function cannotMount(fileSystem: FileSystem): string | undefined {
  using t = new CleanUps();
  try {
    mounted(t, fileSystem);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
