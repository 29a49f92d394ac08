import type { CrateFiles } from '@crates-mirror/crate-files';
import { describeNewPlace } from '@crates-mirror/layout/new-place';
import { FilePlacer } from './place-files.ts';
import { IndexPublisher } from './publish-index.ts';
import { openSite } from './site.ts';
import type { OpenTarget } from './site-target.ts';

/**
 * Opens a site in a directory.
 *
 * @param sources directories that are read
 * @param mustExist refuse to create a site
 * @throws UsageError
 */
export function openDirectoryTarget(
  root: string,
  isLinking: boolean,
  sources: readonly string[],
  mustExist: boolean,
  files: CrateFiles,
): OpenTarget {
  const { site, lock, isNew } = openSite(root, sources, mustExist);
  const placer = new FilePlacer(site, files, isLinking);
  const target = { name: root, files: placer, index: new IndexPublisher(site), concurrency: 1 };
  const what = isNew ? describeNewPlace('site', root) : undefined;
  return { target, newPlace: what, release: async () => lock.release(), releaseNow: () => lock.release() };
}
