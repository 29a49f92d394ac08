import { sep } from 'node:path';
import { UsageError } from '@crates-mirror/errors';
import { realPath } from './real-path.ts';

/** A path given by an option. */
export interface NamedPlace {
  readonly option: string;
  readonly path: string;
}

/**
 * Refuses an output path that is in, or below, a directory that is only read, by whatever name.
 *
 * @throws UsageError
 */
export function checkOutside(written: NamedPlace, read: NamedPlace): void {
  const [place, directory] = [realPath(written.path), realPath(read.path)];
  const isBelow = place.startsWith(directory.endsWith(sep) ? directory : directory + sep);
  if (place !== directory && !isBelow) return;
  throw new UsageError(`${written.option} ${written.path} is inside of ${read.option} ${read.path}`, {
    hint: 'Name a place elsewhere',
  });
}
