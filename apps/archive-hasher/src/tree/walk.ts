import { accessSync, type BigIntStats, constants, lstatSync, opendirSync, readlinkSync } from 'node:fs';
import { FatalError } from '@crates-mirror/errors';
import { type BytePath, bytesOf, joinPath, shownPath } from '../byte-path.ts';
import { FileSource } from './file-source.ts';
import { reasonOf } from './reason.ts';
import type { Source } from './source.ts';
import type { TreePaths } from './tree-paths.ts';

/** Directory entries that are read at once. */
const READ_AHEAD = 256;
/**
 * Maximum bytes of a path below the root. Even with four times as many characters in YAML, the
 * reader accepts its line.
 */
const MAX_PATH = 16_000;
const ROOT: BytePath = '';

/** What is known of an entry without its content. */
export type EntryStats = Pick<BigIntStats, 'size' | 'mtimeNs' | 'mode'>;

/** A file found below a root. Its methods may be called until the next entry is requested. */
export interface WalkedFile {
  readonly kind: 'file';
  /** Relative to the root. */
  readonly path: BytePath;
  readonly stats: EntryStats;
  /** @throws the system's error */
  readonly open: () => Source;
  /** Whether it may be opened. */
  readonly isReadable: () => boolean;
}

/** An entry found below a root, or why it could not be read. Paths are relative to the root. */
export type Walked =
  | WalkedFile
  | { readonly kind: 'directory'; readonly path: BytePath; readonly stats: EntryStats }
  | {
      readonly kind: 'symlink';
      readonly path: BytePath;
      readonly stats: EntryStats;
      readonly target: BytePath;
    }
  | {
      readonly kind: 'skipped';
      readonly path: BytePath;
      readonly reason: string;
      /** Whether the entry could not be examined; otherwise it has no readable content. */
      readonly isUnreadable: boolean;
    };

/** Decides, once for each path, whether it is skipped. Skipping a directory skips its content. */
export type IsLeftOut = (path: BytePath) => boolean;

/** A directory whose names are being processed. */
interface Level {
  readonly directory: BytePath;
  readonly names: Iterator<BytePath>;
}

/**
 * Walks everything below a root depth first, with names sorted bytewise within each directory, and
 * a directory before its content. Never follows symbolic links. Keeps one list of names in memory
 * for each level.
 *
 * @throws the system's error if the root itself cannot be read; FatalError if a directory has
 * become a link meanwhile
 */
export function* walk(paths: TreePaths, isLeftOut: IsLeftOut): Generator<Walked> {
  // Iterative, because the depth of a tree is unbounded.
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
 * The system follows links in the parent directories of a path. If a directory has become a link,
 * files outside of the root may have been read.
 */
function refuseLink(paths: TreePaths, directory: BytePath): void {
  if (look(paths, directory).kind === 'symlink')
    throw new FatalError('directory_replaced', `${shownPath(directory)} became a link while it was read`, {
      hint: 'Run again when nobody changes the directory',
    });
}

/**
 * The names in a directory, sorted bytewise. They are read piecewise and kept as one string, so
 * that half a million names take a third of the memory that a list takes.
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
  // Its types do not declare that it accepts bytes.
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
    if (stats.isFile()) return walkedFile(paths, path, stats);
    if (stats.isDirectory()) return { kind: 'directory', path, stats };
    if (stats.isSymbolicLink())
      return { kind: 'symlink', path, stats, target: readlinkSync(full, { encoding: 'latin1' }) };
    return { kind: 'skipped', path, reason: `a ${specialKind(stats)}`, isUnreadable: false };
  } catch (error) {
    return unreadable(path, reasonOf(error));
  }
}

function walkedFile(paths: TreePaths, path: BytePath, stats: BigIntStats): WalkedFile {
  const isReadable = (): boolean => {
    try {
      accessSync(bytesOf(paths.of(path)), constants.R_OK);
      return true;
    } catch {
      return false;
    }
  };
  return { kind: 'file', path, stats, open: () => new FileSource(paths.of(path), stats), isReadable };
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
