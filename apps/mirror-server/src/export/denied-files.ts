import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseIndexFile } from '@crates-mirror/crates-index';
import { parseCratePath } from '@crates-mirror/layout';
import { describeReason, type Selection } from '@crates-mirror/selection';
import { keepLines } from '@crates-mirror/sparse-index';
import { type IndexPublisher, removeEmptyDirectories, walk } from './publish-index.ts';
import type { Site } from './site.ts';

/** A crate file that was removed from a site because its version is denied. */
export interface DeniedFile {
  /** Below `crates`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** `denied since 2026-11-02: …` */
  readonly why: string;
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
  policy: Selection,
): readonly DeniedFile[] {
  if (policy.data.rules.denied.length === 0) return [];
  for (const path of [...publisher.paths()])
    if (policy.mayDeny(path.slice(path.lastIndexOf('/') + 1))) removeLines(site, publisher, policy, path);
  const removed: DeniedFile[] = [];
  for (const path of [...walk(site.crates)]) {
    // The second name of a file whose version has a `+`.
    const crate = parseCratePath(path.replaceAll(' ', '+').split('/'));
    const denial = crate === undefined ? undefined : policy.denialOf(crate.name, crate.version);
    if (crate === undefined || denial === undefined) continue;
    rmSync(join(site.crates, path), { force: true });
    removeEmptyDirectories(site.crates, path);
    if (!path.includes(' ')) removed.push({ path, ...crate, why: describeReason(denial.because) });
  }
  return removed;
}

function removeLines({ index }: Site, publisher: IndexPublisher, policy: Selection, path: string): void {
  const content = readFileSync(join(index, path));
  const { entries } = parseIndexFile(content, path);
  const kept = entries.filter(({ name, version }) => policy.denialOf(name, version) === undefined);
  if (kept.length < entries.length) publisher.replaceNow(path, keepLines(content, kept));
}
