import { rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { acquireLock, isLock, type Lock, makeDirectories, removeTemporaries } from '@crates-mirror/fs-atomic';
import { checkMarker, mirrorHome, parseLayout, prepareHome } from '@crates-mirror/layout';
import { ManifestWriter } from '@crates-mirror/manifest';
import type { DownloaderOptions } from './options.ts';

/** A mirror that is ours for one run. */
export interface OpenMirror {
  readonly lock: Lock;
  readonly manifest: ManifestWriter;
}

/** Takes the mirror for this run. @throws UsageError when it cannot be had */
export function openMirror(options: Pick<DownloaderOptions, 'out' | 'layout' | 'manifest'>): OpenMirror {
  const layout = parseLayout(options.layout);
  checkMarker(options.out, layout);
  checkManifest(options.manifest);
  const home = mirrorHome(options.out);
  usable(`--out: cannot write to ${options.out}`, () => makeDirectories(dirname(home.lockFile)));
  const lock = usable(`--out: cannot write to ${options.out}`, () => acquireLock(home.lockFile));
  if (!isLock(lock)) {
    throw new UsageError(
      `another run (process ${lock.pid} on ${lock.host}, since ${lock.since}) is working on ${options.out}`,
      { hint: `Wait for it, or remove ${home.lockFile} if you are sure that it is gone` },
    );
  }
  try {
    return usable(`--out: cannot write to ${options.out}`, () => {
      const manifest = openManifest(options.manifest);
      prepareHome(home, layout);
      removeTemporaries(home.temporaryDirectory);
      return { lock, manifest };
    });
  } catch (error) {
    lock.release();
    for (const made of [dirname(home.lockFile), home.root]) removeIfEmpty(made);
    throw error;
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // It was there before, with something in it.
  }
}

/** What can be told of a manifest before anything is made. */
function checkManifest(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true)
    throw new UsageError(`--manifest: cannot write to ${path}: it is a directory`);
  // A pipe whose reader has gone would block for ever.
  if (stats?.isFIFO() === true || stats?.isSocket() === true) {
    throw new UsageError(`--manifest: ${path} is a pipe`, {
      hint: 'Name a file, and follow it with tail -f',
    });
  }
}

function openManifest(path: string): ManifestWriter {
  return usable(`--manifest: cannot write to ${path}`, () => {
    makeDirectories(dirname(resolve(path)));
    return new ManifestWriter(path);
  });
}

function usable<T>(what: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what}: ${errorMessage(error)}`);
  }
}
