import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { CLONER_RETRY_FILE, HOME_DIRECTORY } from '@crates-mirror/layout';

const FORMAT_VERSION = 1;

/** A crate to retry, identified by its index file. */
export interface RetryEntry {
  readonly path: string;
  /**
   * `failed`, `missing_upstream`, `unusable`, or `local`: it was mirrored from an index file whose
   * content differs from the commit.
   */
  readonly reason: string;
  /** ISO 8601 time of the first run that recorded this reason. */
  readonly since: string;
}

/** What a mirror records about its last completed run. */
export interface MirrorState {
  /** Ids of the index's commit and of its tree. */
  readonly commit: string;
  readonly tree: string;
  /** ISO 8601. */
  readonly finished_at: string;
  /** `failed`: there were failures, which are listed in `retry`. */
  readonly outcome: 'done' | 'failed';
  /**
   * The settings that determine which crate files a mirror contains. If one changes, the next run
   * checks everything.
   */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly retry: readonly RetryEntry[];
}

/** The files that index-cloner keeps in a mirror. */
export interface ClonerHome {
  readonly stateFile: string;
  /** Held by the process that updates the index and runs the downloader. */
  readonly lockFile: string;
  /** The crates for the downloader to check. */
  readonly selectionFile: string;
  /** The downloader's list of crates to retry. */
  readonly retryFile: string;
}

export function clonerHome(mirror: string): ClonerHome {
  const home = join(mirror, HOME_DIRECTORY);
  return {
    stateFile: join(home, 'index-cloner.json'),
    lockFile: join(home, 'index-cloner.lock'),
    selectionFile: join(home, 'index-cloner.selection'),
    retryFile: join(home, CLONER_RETRY_FILE),
  };
}

/**
 * @returns undefined if there is none
 * @throws UsageError when it cannot be read, is damaged, or is of a later version
 */
export function readState(file: string): MirrorState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw new UsageError(`cannot read ${file}: ${errorMessage(error)}`);
  }
  const value = parse(text);
  const version = value?.['format_version'];
  if (version !== undefined && version !== FORMAT_VERSION)
    throw new UsageError(`${file} has format ${String(version)}, this tool knows ${FORMAT_VERSION}`, {
      hint: 'Use the version of crates-mirror that wrote it, or a newer one',
    });
  if (!isState(value))
    throw new UsageError(`${file} is damaged`, { hint: 'Remove it, and the next run looks at every crate' });
  return value;
}

/** Replaces the state durably. Everything it refers to is already on disk. */
export function writeState(file: string, state: MirrorState): void {
  const text = `${JSON.stringify({ format_version: FORMAT_VERSION, ...state }, undefined, 1)}\n`;
  writeFileAtomic(file, text, { durable: true });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isState(value: unknown): value is MirrorState {
  const { commit, tree, finished_at, settings, retry } = (value ?? {}) as Record<string, unknown>;
  const names = [commit, tree].every((name) => typeof name === 'string' && /^[0-9a-f]{40,64}$/.test(name));
  const isObject = typeof settings === 'object' && settings !== null;
  return (
    names && typeof finished_at === 'string' && isObject && Array.isArray(retry) && retry.every(isRetryEntry)
  );
}

function isRetryEntry(value: unknown): value is RetryEntry {
  const { path, reason, since } = (value ?? {}) as Record<string, unknown>;
  return [path, reason, since].every((text) => typeof text === 'string');
}
