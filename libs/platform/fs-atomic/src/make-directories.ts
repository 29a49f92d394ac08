import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '@crates-mirror/errors';

/** Error codes for a directory that may already exist. */
const MAYBE_THERE: ReadonlySet<string> = new Set(['EEXIST', 'EISDIR', 'EROFS']);

/**
 * Creates a directory and its parents; an existing directory is fine. Node's own `recursive` hides
 * the cause when it fails (a read-only file system becomes ENOENT) and never returns below /proc,
 * so this proceeds step by step.
 *
 * @throws the system's error; CodedError for a dangling link, which the system reports as existing
 */
export function makeDirectories(path: string): void {
  const failure = tryMake(path);
  if (failure === undefined) return;
  const parent = dirname(path);
  if (failure.code !== 'ENOENT' || parent === path) throw failure;
  // Another thread may have created the parent since; then the attempt below is simply repeated.
  if (!exists(parent)) makeDirectories(parent);
  const secondFailure = tryMake(path);
  if (secondFailure !== undefined) throw secondFailure;
}

/** @returns why the directory still does not exist */
function tryMake(path: string): NodeJS.ErrnoException | undefined {
  try {
    mkdirSync(path);
    return undefined;
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (!MAYBE_THERE.has(failure.code ?? '')) return failure;
    if (isDirectory(path)) return undefined;
    return isLink(path) && !exists(path)
      ? new CodedError('EEXIST', `${path} is a link to nowhere; make what it leads to, or remove it`)
      : failure;
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
