import {
  linkSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { isRunning, processStatus, SILENCE_MS } from './process-status.ts';
import { removeTemporariesBeside, temporaryBeside } from './temporary.ts';

/** Who holds a lock. `started` tells a process from a later one with the same id (Linux: clock ticks since boot). */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  /** ISO 8601, when the lock was taken. */
  readonly since: string;
  /**
   * In which the process id counts (Linux): that of a container mostly; empty where there is no such thing. A lock that does not
   * tell is taken for one of this namespace.
   */
  readonly pidNamespace?: string;
}

export interface Lock {
  release(): void;
}

/** A holder shows so often that it lives. */
const SIGN_OF_LIFE_MS = 30_000;

/**
 * Takes the lock file at `path`, or takes it over from a process that no longer lives. Of a holder in another container of
 * this machine that is told by the file's mtime; one on another machine counts as alive, since nobody here can tell.
 *
 * @returns the lock, or its present holder
 */
export function acquireLock(path: string): Lock | LockHolder {
  // It is held for long, and the working directory may be another one by then.
  const absolute = resolve(path);
  for (;;) {
    const taken = tryCreate(absolute);
    if (taken !== undefined) return taken;
    const holder = lockHolder(absolute);
    if (holder !== undefined) return holder;
    removeStale(absolute);
  }
}

/** Who holds the lock file at `path`, as {@link acquireLock} would see it; undefined where nobody does. Nothing is written. */
export function lockHolder(path: string): LockHolder | undefined {
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder, path) ? holder : undefined;
}

/** This process as the holder of a lock that it takes now. */
export function thisProcess(): LockHolder {
  return {
    pid: process.pid,
    host: hostname(),
    started: processStatus(process.pid).started,
    since: new Date().toISOString(),
    pidNamespace: pidNamespace(),
  };
}

/** Whether it is certain that a holder lives no more. Of one on another machine, or in another container, nobody here can tell. */
export function hasEnded({ pid, host, started, pidNamespace: namespace }: LockHolder): boolean {
  if (host !== hostname()) return false;
  if (namespace !== undefined && namespace !== pidNamespace()) return false;
  if (!isRunning(pid)) return true;
  const status = processStatus(pid);
  return status.started !== '' && status.started !== started;
}

export function isLock(result: Lock | LockHolder): result is Lock {
  return 'release' in result;
}

/** Links a complete file into place, so that nobody ever reads a lock without its holder. */
function tryCreate(path: string): Lock | undefined {
  const self = thisProcess();
  const complete = temporaryBeside(path);
  try {
    writeFileSync(complete, `${JSON.stringify(self)}\n`);
    if (!tryLink(complete, path)) return undefined;
  } finally {
    rmSync(complete, { force: true });
  }
  removeTemporariesBeside(path);
  // Somebody may have removed it by hand, or have taken it over while this process was stopped.
  const isOurs = (): boolean => {
    const holder = readHolder(path);
    return holder?.pid === self.pid && holder.since === self.since;
  };
  const signs = setInterval(() => isOurs() && touch(path), SIGN_OF_LIFE_MS).unref();
  return {
    release() {
      clearInterval(signs);
      try {
        if (isOurs()) unlinkSync(path);
      } catch {
        // Nobody may write there any more, which the run has told of. The next one sees that this process is gone.
      }
    },
  };
}

/** @returns false when somebody was faster, and perhaps took the file of a process in another container for left over */
function tryLink(complete: string, path: string): boolean {
  try {
    linkSync(complete, path);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function readHolder(path: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const isHolder = typeof value === 'object' && value !== null && 'pid' in value && 'host' in value;
    return isHolder ? (value as LockHolder) : undefined;
  } catch {
    // Damaged, or gone meanwhile: nobody holds it.
    return undefined;
  }
}

function isAlive(holder: LockHolder, path: string): boolean {
  if (holder.host !== hostname()) return true;
  if (holder.pidNamespace !== undefined && holder.pidNamespace !== pidNamespace()) {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats !== undefined && Date.now() - stats.mtimeMs < SILENCE_MS;
  }
  return !hasEnded(holder);
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Somebody has removed it; the run goes on without.
  }
}

/** See pid_namespaces(7). */
function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** A guard older than this was left by a process that died within the few system calls it is held for. */
const GUARD_LIFE_MS = 10_000;

/** Removes a stale lock. Only who holds the guard may, after another look: so no live lock is ever taken away. */
function removeStale(path: string): void {
  const guard = `${path}.takeover`;
  try {
    writeFileSync(guard, '', { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const stats = statSync(guard, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > GUARD_LIFE_MS) rmSync(guard, { force: true });
    // Who holds it needs a moment only; a thread has no other way to wait without giving way.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return;
  }
  try {
    if (lockHolder(path) === undefined) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}
