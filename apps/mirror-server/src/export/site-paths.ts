import { type CrateId, parseLayout } from '@crates-mirror/layout';

const LAYOUT = parseLayout('cargo');

/**
 * Where a crate file is in a site, below `crates`: in the cargo layout, and where its version has a
 * `+`, under that name with a space as well. cargo sends the `+` as it is; web servers look for
 * just that, and object stores such as Amazon S3 for a key with a space.
 */
export function sitePaths(crate: CrateId): readonly [string, ...string[]] {
  const path = LAYOUT.pathOf(crate);
  return path.includes('+') ? [path, path.replaceAll('+', ' ')] : [path];
}
