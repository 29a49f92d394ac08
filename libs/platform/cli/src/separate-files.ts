import { statSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { UsageError } from '@crates-mirror/errors';
import { realPath } from './real-path.ts';

/** A file given by an option. */
export interface NamedFile {
  readonly option: string;
  /** undefined where the option is not set */
  readonly path: string | undefined;
  readonly isWritten: boolean;
  /**
   * An earlier option whose file this one may replace, because it has been read completely by then.
   */
  readonly replaces?: string;
}

/** A directory that the tools keep for themselves, by name, wherever it is. */
export interface OwnDirectory {
  readonly name: string;
  /** Names of files in it that an option may still use. */
  readonly except: readonly string[];
}

/**
 * Refuses two options that name the same file, by whatever names, if one of them writes it: the
 * other's content would be lost. Devices and pipes may be named any number of times. Also refuses
 * an output file in a directory that the tools keep for themselves.
 *
 * @throws UsageError
 */
export function checkSeparate(files: readonly NamedFile[], own: OwnDirectory): void {
  const known = files.flatMap(({ path, ...file }) =>
    path === undefined ? [] : [{ ...file, path, identity: identityOf(path) }],
  );
  for (const [i, file] of known.entries()) {
    const { option, path, isWritten, replaces, identity } = file;
    if (identity === undefined) continue;
    if (isWritten) checkNotOwn(option, path, own);
    const same = known.slice(0, i).find((other) => other.identity === identity);
    if (same === undefined || !(isWritten || same.isWritten) || same.option === replaces) continue;
    throw new UsageError(`${same.option} ${same.path} and ${option} ${path} are the same file`, {
      hint: 'Give each one of its own',
    });
  }
}

function checkNotOwn(option: string, path: string, { name, except }: OwnDirectory): void {
  const place = realPath(path);
  const isOwn = dirname(place).toLowerCase().split(sep).includes(name);
  if (!isOwn || except.includes(basename(place))) return;
  throw new UsageError(`${option}: ${path} is inside of ${name}, where the tools keep what they know`, {
    hint: 'Name a file elsewhere',
  });
}

/** An identity shared by all names of a file; undefined for anything that is not a regular file. */
function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stats !== undefined) return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    // The code that opens the file reports the error.
  }
  return realPath(path);
}
