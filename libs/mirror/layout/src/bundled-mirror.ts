import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { shellWord } from '@crates-mirror/cli/shell-word';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { hasNoFiles } from './has-no-files.ts';
import { mirrorHome, readLayout } from './mirror-home.ts';

const FORMAT_VERSION = 1;

/**
 * Records that the crate files of the mirror at `root` are only in bundles.
 * @param directory folder of the bundles
 */
export function rememberBundles(root: string, directory: string): void {
  const { bundlesFile, temporaryDirectory } = mirrorHome(root);
  const text = JSON.stringify({ format_version: FORMAT_VERSION, directory });
  writeFileAtomic(bundlesFile, `${text}\n`, { temporaryDirectory, durable: true });
}

/** Records that its crate files are loose too. */
export function forgetBundles(root: string): void {
  rmSync(mirrorHome(root).bundlesFile, { force: true });
}

/**
 * Rejects a run that would write loose files to a mirror whose crate files are in bundles. It would
 * download again every crate file that is not loose.
 *
 * @throws UsageError
 */
export function checkNotBundled(root: string): void {
  const place = bundlesOf(root);
  if (place === undefined) return;
  throw new UsageError(`the crate files of ${root} are in bundles, in ${place}`, {
    hint: `Add --bundle --bundles-out ${shellWord(place)}; or, to have loose files again, remove ${mirrorHome(root).bundlesFile}: what bundle-extractor has not put back by then is downloaded`,
  });
}

/**
 * Rejects a run into a folder without bundles (for instance on an unmounted disk) for a mirror
 * whose crate files are only in bundles. It would download all of them again. Any folder with
 * bundles is accepted, because the folder may have been moved.
 *
 * @throws UsageError
 */
export function checkHasBundles(root: string, directory: string): void {
  const place = bundlesOf(root);
  if (place === undefined || !hasNoFiles(root) || readLayout(directory) !== undefined) return;
  const { bundlesFile } = mirrorHome(root);
  const isThere = resolve(directory) === place;
  throw new UsageError(
    isThere
      ? `the crate files of ${root} are in bundles in ${place}, which has none now`
      : `the crate files of ${root} are in bundles, in ${place}, and ${directory} has none`,
    {
      hint: `${isThere ? 'See whether its disk is mounted' : `Say --bundles-out ${shellWord(place)}`}; or, to mirror all of them anew, remove ${bundlesFile}`,
    },
  );
}

/** The folder of bundles of a mirror without loose files; undefined for any other mirror. */
function bundlesOf(root: string): string | undefined {
  const { bundlesFile } = mirrorHome(root);
  let text: string;
  try {
    text = readFileSync(bundlesFile, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw new UsageError(`cannot read ${bundlesFile}: ${errorMessage(error)}`);
  }
  const directory = /"directory":("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  return directory === undefined ? 'elsewhere' : (JSON.parse(directory) as string);
}
