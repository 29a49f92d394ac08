import { statSync } from 'node:fs';
import { UsageError } from '@crates-mirror/errors';

const FILE_OPTIONS = [
  ['names', '--names'],
  ['cargoLock', '--cargo-lock'],
  ['selection', '--selection'],
  ['deny', '--deny'],
  ['checksums', '--checksums'],
] as const;

/**
 * Rejects pipes among files that index-cloner and then the downloader read: the bytes of a pipe can
 * be read only once.
 *
 * @param values the values of the options, by their names in camel case
 * @throws UsageError
 */
export function checkPipes(values: Readonly<Record<string, unknown>>): void {
  for (const [name, option] of FILE_OPTIONS)
    for (const path of [values[name]].flat()) {
      if (typeof path !== 'string' || statSync(path, { throwIfNoEntry: false })?.isFIFO() !== true) continue;
      throw new UsageError(`${option}: ${path} is a pipe, and the downloader reads it once more`, {
        hint: 'Write its content to a file, and name that',
      });
    }
}
