import { type BigIntStats, lstatSync, opendirSync, readlinkSync } from 'node:fs';
import { FatalError } from '@crates-mirror/errors';
import { type BytePath, bytesOf, joinPath, shownPath } from '../byte-path.ts';
import { reasonOf } from './reason.ts';
import type { TreePaths } from './tree-paths.ts';

/** Entries of a directory that are read at once. */
const READ_AHEAD = 256;
/** Bytes below the root. Four times as many characters in YAML are still a line that is read back. */
const MAX_PATH = 16_000;
const ROOT: BytePath = '';

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
  | {
      readonly kind: 'skipped';
      readonly path: BytePath;
      readonly reason: string;
      /** Whether nobody knows what is there; otherwise it has no content that could be read. */
      readonly isUnreadable: boolean;
    };

export type WalkedFile = Extract<Walked, { kind: 'file' }>;

/** Says, once for each path, what is passed over; with a directory goes all that is in it. */
export type IsLeftOut = (path: BytePath) => boolean;

/** A directory whose names are being gone through. */
interface Level {
  readonly directory: BytePath;
  readonly names: Iterator<BytePath>;
}

/**
 * Everything below a root, depth first, names sorted bytewise within each directory, a directory before what is in it.
 * Symbolic links are never followed. In memory there is one list of names for each level.
 *
 * @throws the system's error when the root itself cannot be read; FatalError when a directory has become a link meanwhile
 */
export function* walk(paths: TreePaths, isLeftOut: IsLeftOut): Generator<Walked> {
  // No recursion: nothing says how deep a tree is.
  const levels: Level[] = [{ directory: ROOT, names: sortedNames(paths, ROOT) }];
  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    const { value: name, done } = level.names.next();
    if (done === true) {
      levels.pop();
      if (level.directory !== ROOT) refuseLink(paths, level.directory);
      continue;
    }
    const path = joinPath(level.directory, name);
    if (isLeftOut(path)) continue;
    const walked = look(paths, path);
    yield walked;
    if (walked.kind !== 'directory') continue;
    try {
      levels.push({ directory: path, names: sortedNames(paths, path) });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      yield unreadable(path, reasonOf(error));
    }
  }
}

/**
 * The system follows links on the way to a file: of a directory that became one, something outside of the root may have
 * been taken in.
 */
function refuseLink(paths: TreePaths, directory: BytePath): void {
  if (look(paths, directory).kind === 'symlink')
    throw new FatalError('directory_replaced', `${shownPath(directory)} became a link while it was read`, {
      hint: 'Run again when nobody changes the directory',
    });
}

/**
 * The names in a directory, sorted by their bytes. Half a million of them take a third of the memory this way: never
 * in a list of the system's, and held as one string.
 *
 * @throws the system's error
 */
function sortedNames(paths: TreePaths, directory: BytePath): Generator<BytePath> {
  return parts(readNames(paths.of(directory)).sort().join('/'));
}

function* parts(names: string): Generator<BytePath> {
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

function look(paths: TreePaths, path: BytePath): Walked {
  if (path.length > MAX_PATH) return unreadable(path, `its path has more than ${MAX_PATH} bytes`);
  try {
    const full = bytesOf(paths.of(path));
    const stats = lstatSync(full, { bigint: true });
    if (stats.isFile()) return { kind: 'file', path, stats };
    if (stats.isDirectory()) return { kind: 'directory', path, stats };
    if (stats.isSymbolicLink())
      return { kind: 'symlink', path, stats, target: readlinkSync(full, { encoding: 'latin1' }) };
    return { kind: 'skipped', path, reason: `a ${specialKind(stats)}`, isUnreadable: false };
  } catch (error) {
    return unreadable(path, reasonOf(error));
  }
}

function unreadable(path: BytePath, reason: string): Walked {
  return { kind: 'skipped', path, reason, isUnreadable: true };
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
