import { readFileSync, rmSync } from 'node:fs';
import { shellWord } from '@crates-mirror/cli/shell-word';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { mirrorHome } from './mirror-home.ts';

const FORMAT_VERSION = 1;

/** Remembers that the crate files of the mirror at `root` are in bundles, and nowhere else. @param directory theirs */
export function rememberBundles(root: string, directory: string): void {
  const { bundlesFile, temporaryDirectory } = mirrorHome(root);
  const text = JSON.stringify({ format_version: FORMAT_VERSION, directory });
  writeFileAtomic(bundlesFile, `${text}\n`, { temporaryDirectory, durable: true });
}

/** Its crate files are loose too. */
export function forgetBundles(root: string): void {
  rmSync(mirrorHome(root).bundlesFile, { force: true });
}

/**
 * Refuses a run that would make loose files of a mirror whose crate files are in bundles: it would download all that are not
 * loose again.
 *
 * @throws UsageError
 */
export function checkNotBundled(root: string): void {
  const { bundlesFile } = mirrorHome(root);
  let text: string;
  try {
    text = readFileSync(bundlesFile, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return;
    throw new UsageError(`cannot read ${bundlesFile}: ${errorMessage(error)}`);
  }
  const directory = /"directory":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  const place = directory === undefined ? 'elsewhere' : (JSON.parse(directory) as string);
  throw new UsageError(`the crate files of ${root} are in bundles, in ${place}`, {
    hint: `Add --bundle --bundles-out ${shellWord(place)}; or, to have loose files again, remove ${bundlesFile}: what bundle-extractor has not put back by then is downloaded`,
  });
}
