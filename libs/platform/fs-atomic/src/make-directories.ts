import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CodedError } from '@crates-mirror/errors';

/** What systems answer where a directory may be there already. */
const MAYBE_THERE: ReadonlySet<string> = new Set(['EEXIST', 'EISDIR', 'EROFS']);

/**
 * Makes a directory and those above it; one that is there already is fine. Node's own `recursive` hides the cause when
 * it fails (a read-only file system becomes ENOENT) and never returns below /proc, so this does it step by step.
 *
 * @throws the system's error; CodedError for a link to nowhere, of which the system says that it exists
 */
export function makeDirectories(path: string): void {
  const failure = tryMake(path);
  if (failure === undefined) return;
  const parent = dirname(path);
  if (failure.code !== 'ENOENT' || parent === path) throw failure;
  // Another thread may have made the parent since; then there is nothing to do but try again.
  if (!exists(parent)) makeDirectories(parent);
  const secondFailure = tryMake(path);
  if (secondFailure !== undefined) throw secondFailure;
}

/** @returns why there is no such directory even now */
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
