import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode } from '@crates-mirror/errors';

/** Resolves the links in a path whose last parts may not exist yet. */
export function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return absolute;
  }
  const place = join(realPath(dirname(absolute)), basename(absolute));
  const target = linkTarget(place);
  return target === undefined ? place : realPath(resolve(dirname(place), target));
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
