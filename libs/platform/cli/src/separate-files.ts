import { statSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { UsageError } from '@crates-mirror/errors';
import { realPath } from './real-path.ts';

/** A file that an option names. */
export interface NamedFile {
  readonly option: string;
  /** undefined where the option is not given */
  readonly path: string | undefined;
  readonly isWritten: boolean;
  /** An option before this one whose file may be replaced by it: that has been read to its end by then. */
  readonly replaces?: string;
}

/** A directory of the tools' own, wherever there is one of that name. */
export interface OwnDirectory {
  readonly name: string;
  /** Names of files in it that an option may name all the same. */
  readonly except: readonly string[];
}

/**
 * Refuses two options that name one file, by whatever names, where one of them has it written: what the other wants of it
 * would be lost. Devices and pipes may be named as often as one likes. Nor may an option have a file written that the tools
 * keep for themselves.
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

/** What two names of one file have in common; undefined for what is no file. */
function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    if (stats !== undefined) return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    // Who opens it will say what is wrong with it.
  }
  return realPath(path);
}
