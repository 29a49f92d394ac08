import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseIndexFile } from '@crates-mirror/crates-index';
import type { Denylist, DenyRule } from '@crates-mirror/denylist';
import { parseCratePath } from '@crates-mirror/layout';
import { keepLines } from '@crates-mirror/sparse-index';
import { type IndexPublisher, removeEmptyDirectories, walk } from './publish-index.ts';
import type { Site } from './site.ts';

/** A crate file that was removed from a site because its version is denied. */
export interface DeniedFile {
  /** Below `crates`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly rule: DenyRule;
}

/**
 * Takes what is denied out of a site, entries first. It goes by the site's own files, so that it depends on no index that can be
 * read, and is done before anything else.
 *
 * @returns the crate files that were removed
 */
export function removeDenied(
  site: Site,
  publisher: IndexPublisher,
  denylist: Denylist,
): readonly DeniedFile[] {
  if (denylist.rules.length === 0) return [];
  for (const path of [...publisher.paths()])
    if (denylist.hasCrate(path.slice(path.lastIndexOf('/') + 1)))
      removeLines(site, publisher, denylist, path);
  const removed: DeniedFile[] = [];
  for (const path of [...walk(site.crates)]) {
    // The second name of a file whose version has a `+`.
    const crate = parseCratePath(path.replaceAll(' ', '+').split('/'));
    const rule = crate === undefined ? undefined : denylist.find(crate.name, crate.version);
    if (crate === undefined || rule === undefined) continue;
    rmSync(join(site.crates, path), { force: true });
    removeEmptyDirectories(site.crates, path);
    if (!path.includes(' ')) removed.push({ path, ...crate, rule });
  }
  return removed;
}

function removeLines({ index }: Site, publisher: IndexPublisher, denylist: Denylist, path: string): void {
  const content = readFileSync(join(index, path));
  const { entries } = parseIndexFile(content, path);
  const kept = entries.filter(({ name, version }) => denylist.find(name, version) === undefined);
  if (kept.length < entries.length) publisher.replaceNow(path, keepLines(content, kept));
}
