import { parseIndexFile } from '@crates-mirror/crates-index';
import { parseCratePath } from '@crates-mirror/layout';
import { describeReason, type Selection } from '@crates-mirror/selection';
import { keepLines } from '@crates-mirror/sparse-index';
import { collect } from './collect.ts';
import type { SiteIndex, SiteTarget } from './site-target.ts';

/** A crate file that was removed from a site because its version is denied. */
export interface DeniedFile {
  /** Relative to `crates`. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** `denied since 2026-11-02: …` */
  readonly why: string;
}

/**
 * Removes denied versions from a site, index entries first. It works from the site's own files, so
 * it does not depend on a readable index. It runs before anything else.
 *
 * @returns the crate files that were removed
 */
export async function removeDenied(
  { index, files }: SiteTarget,
  policy: Selection,
): Promise<readonly DeniedFile[]> {
  if (policy.data.rules.denied.length === 0) return [];
  for (const path of await collect(index.paths()))
    if (policy.mayDeny(path.slice(path.lastIndexOf('/') + 1))) await removeLines(index, policy, path);
  const removed: DeniedFile[] = [];
  for (const path of await collect(files.paths())) {
    // A file whose version has a `+` also exists under a second name with a space.
    const crate = parseCratePath(path.replaceAll(' ', '+').split('/'));
    const denial = crate === undefined ? undefined : policy.denialOf(crate.name, crate.version);
    if (crate === undefined || denial === undefined) continue;
    await files.remove(path);
    if (!path.includes(' ')) removed.push({ path, ...crate, why: describeReason(denial.because) });
  }
  return removed;
}

async function removeLines(index: SiteIndex, policy: Selection, path: string): Promise<void> {
  const content = await index.read(path);
  if (content === undefined) return;
  const { entries } = parseIndexFile(content, path);
  const kept = entries.filter(({ name, version }) => policy.denialOf(name, version) === undefined);
  if (kept.length < entries.length) await index.replaceNow(path, keepLines(content, kept));
}
