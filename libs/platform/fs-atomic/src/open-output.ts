import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { AtomicFile } from './atomic-file.ts';
import { makeDirectories } from './make-directories.ts';

/**
 * A file that an option names and a run writes whole: `PATH.partial` until it is committed to `path`.
 *
 * @param option for messages
 * @throws UsageError when it cannot be written
 */
export function openOutput(option: string, path: string): AtomicFile {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
      throw new Error('it is a directory');
    makeDirectories(dirname(resolve(path)));
    return new AtomicFile({ temporaryPath: `${path}.partial` });
  } catch (error) {
    throw new UsageError(`${option}: cannot write to ${path}: ${errorMessage(error)}`);
  }
}
