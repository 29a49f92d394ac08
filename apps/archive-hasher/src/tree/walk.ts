import { type BigIntStats, lstatSync, opendirSync, readlinkSync } from 'node:fs';
import { FatalError } from '@crates-mirror/errors';
import { type BytePath, bytesOf, joinPath, shownPath } from '../byte-path.ts';
import { reasonOf } from './reason.ts';

/** Entries of a directory that are read at once. */
const READ_AHEAD = 256;

/** Something found below a root, or why it could not be looked at. Paths are relative to the root. */
export type Walked =
  | { readonly kind: 'file'; readonly path: BytePath; readonly stats: BigIntStats }
  | { readonly kind: 'directory'; readonly path: BytePath; readonly stats: BigIntStats }
  | {
      readonly kind: 'symlink';
      readonly path: BytePath;
      readonly stats: BigIntStats;
      readonly target: BytePath;
    }
  | { readonly kind: 'skipped'; readonly path: BytePath; readonly reason: string };

export type WalkedFile = Extract<Walked, { kind: 'file' }>;

/** Says, once for each path, what is passed over; with a directory goes all that is in it. */
export type IsLeftOut = (path: BytePath) => boolean;

/**
 * Everything below a directory, depth first, names sorted bytewise within each directory, a directory before what is in
 * it. Symbolic links are never followed. In memory there is one list of names for each level.
 *
 * @throws the system's error when the root itself cannot be read; FatalError when a directory has become a link meanwhile
 */
export function* walk(root: BytePath, isLeftOut: IsLeftOut): Generator<Walked> {
  yield* walkDirectory(root, '', isLeftOut);
}

function* walkDirectory(root: BytePath, directory: BytePath, isLeftOut: IsLeftOut): Generator<Walked> {
  for (const name of sortedNames(joinPath(root, directory))) {
    const path = joinPath(directory, name);
    if (isLeftOut(path)) continue;
    const walked = look(root, path);
    yield walked;
    if (walked.kind !== 'directory') continue;
    try {
      yield* walkDirectory(root, path, isLeftOut);
      refuseLink(root, path);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      yield { kind: 'skipped', path, reason: reasonOf(error) };
    }
  }
}

/**
 * The system follows links on the way to a file: of a directory that became one, something outside of the root may have
 * been taken in.
 */
function refuseLink(root: BytePath, directory: BytePath): void {
  if (look(root, directory).kind === 'symlink')
    throw new FatalError('directory_replaced', `${shownPath(directory)} became a link while it was read`, {
      hint: 'Run again when nobody changes the directory',
    });
}

/**
 * The names in a directory, sorted by their bytes. Half a million of them take a third of the memory this way: never
 * in a list of the system's, and held as one string.
 */
function* sortedNames(directory: BytePath): Generator<BytePath> {
  const names = readNames(directory).sort().join('/');
  for (let start = 0; start < names.length; ) {
    const slash = names.indexOf('/', start);
    const end = slash === -1 ? names.length : slash;
    yield names.slice(start, end);
    start = end + 1;
  }
}

function readNames(directory: BytePath): BytePath[] {
  const names: BytePath[] = [];
  // Its types do not tell that it takes bytes.
  const entries = opendirSync(bytesOf(directory) as unknown as string, {
    encoding: 'latin1',
    bufferSize: READ_AHEAD,
  });
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) names.push(entry.name);
    return names;
  } finally {
    entries.closeSync();
  }
}

function look(root: BytePath, path: BytePath): Walked {
  try {
    const full = bytesOf(joinPath(root, path));
    const stats = lstatSync(full, { bigint: true });
    if (stats.isFile()) return { kind: 'file', path, stats };
    if (stats.isDirectory()) return { kind: 'directory', path, stats };
    if (stats.isSymbolicLink())
      return { kind: 'symlink', path, stats, target: readlinkSync(full, { encoding: 'latin1' }) };
    return { kind: 'skipped', path, reason: `a ${specialKind(stats)}` };
  } catch (error) {
    return { kind: 'skipped', path, reason: reasonOf(error) };
  }
}

function specialKind(stats: BigIntStats): string {
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'named pipe';
  if (stats.isBlockDevice()) return 'block device';
  return stats.isCharacterDevice() ? 'character device' : 'file of an unknown kind';
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
