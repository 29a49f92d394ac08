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
import { errorCode } from '@crates-mirror/errors';
import { CANNOT_LINK } from './link-or-copy.ts';
import { guarded } from './lock-guard.ts';
import { isRunning, processStatus, SILENCE_MS } from './process-status.ts';
import { removeTemporariesBeside, temporaryBeside } from './temporary.ts';

/**
 * The holder of a lock. `started` distinguishes a process from a later one with the same id (Linux:
 * clock ticks since boot).
 */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly started: string;
  /** ISO 8601, when the lock was taken. */
  readonly since: string;
  /**
   * Namespace of the process id (Linux), usually that of a container; empty if the system has none.
   * A lock without this field is treated as one of this namespace.
   */
  readonly pidNamespace?: string;
}

export interface Lock {
  release(): void;
}

/** Interval at which a holder shows that it is alive. */
const SIGN_OF_LIFE_MS = 30_000;

/**
 * Takes the lock file at `path`, or takes it over from a process that no longer lives. A holder in
 * another container of this machine is judged by the file's mtime; one on another machine counts as
 * alive, since that cannot be determined here.
 *
 * @returns the lock, or its present holder
 */
export function acquireLock(path: string): Lock | LockHolder {
  // A lock is held for long, and the working directory may change.
  const absolute = resolve(path);
  for (;;) {
    const taken = tryCreate(absolute);
    if (taken !== undefined) return taken;
    const holder = lockHolder(absolute);
    if (holder !== undefined) return holder;
    removeStale(absolute);
  }
}

/**
 * The holder of the lock file at `path`, by the rules of {@link acquireLock}; undefined if there is
 * none. Writes nothing.
 */
export function lockHolder(path: string): LockHolder | undefined {
  const holder = readHolder(path);
  return holder !== undefined && isAlive(holder, path) ? holder : undefined;
}

/** This process as the holder of a lock taken now. */
export function thisProcess(): LockHolder {
  return {
    pid: process.pid,
    host: hostname(),
    started: processStatus(process.pid).started,
    since: new Date().toISOString(),
    pidNamespace: pidNamespace(),
  };
}

/**
 * Whether a holder has certainly ended. That cannot be determined for one on another machine, or in
 * another container.
 */
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

function tryCreate(path: string): Lock | undefined {
  const self = thisProcess();
  if (!tryPlace(path, `${JSON.stringify(self)}\n`)) return undefined;
  removeTemporariesBeside(path);
  // Someone may have removed it by hand, or have taken it over while this process was stopped.
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
        // The location is no longer writable, which the run has reported. The next run sees that
        // this process has ended.
      }
    },
  };
}

/**
 * Links a complete file into place, so that nobody ever reads a lock without its holder. Without
 * hard links (FAT, exFAT, some network file systems), it is written under the guard, without which
 * nobody removes a lock that has no holder yet.
 *
 * @returns false when another process was faster, or removed the file as a leftover of a process in
 *   another container
 */
function tryPlace(path: string, text: string): boolean {
  const complete = temporaryBeside(path);
  try {
    writeFileSync(complete, text);
    linkSync(complete, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (CANNOT_LINK.has(code)) return guarded(path, () => tryWrite(path, text)) ?? false;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  } finally {
    rmSync(complete, { force: true });
  }
}

/** @returns false if the file exists */
function tryWrite(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function readHolder(path: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const isHolder = typeof value === 'object' && value !== null && 'pid' in value && 'host' in value;
    return isHolder ? (value as LockHolder) : undefined;
  } catch {
    // The file is damaged, or was removed meanwhile: there is no holder.
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
    // Someone has removed it; the run continues without it.
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

/** Removes a stale lock, after another check under the guard, so that no live lock is ever removed. */
function removeStale(path: string): void {
  guarded(path, () => lockHolder(path) === undefined && rmSync(path, { force: true }));
}
