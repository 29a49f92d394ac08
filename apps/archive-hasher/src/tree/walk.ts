import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { type BytePath, bytesOf, joinPath } from '../byte-path.ts';
import { reasonOf } from './reason.ts';

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

/**
 * Everything below a directory, depth first, names sorted bytewise within each directory, a directory before what is in
 * it. Symbolic links are never followed. In memory there is one list of names for each level.
 *
 * @throws the system's error when the root itself cannot be read
 */
export function* walk(root: BytePath): Generator<Walked> {
  yield* walkDirectory(root, '');
}

function* walkDirectory(root: BytePath, directory: BytePath): Generator<Walked> {
  const names = readdirSync(bytesOf(joinPath(root, directory)), { encoding: 'latin1' }).sort();
  for (let i = 0; i < names.length; i++) {
    const path = joinPath(directory, names[i] as string);
    const walked = look(root, path);
    yield walked;
    if (walked.kind !== 'directory') continue;
    try {
      yield* walkDirectory(root, path);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      yield { kind: 'skipped', path, reason: reasonOf(error) };
    }
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
