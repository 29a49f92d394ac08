import { type CrateId, parseLayout } from '@crates-mirror/layout';

const LAYOUT = parseLayout('cargo');

/**
 * The paths of a crate file in a site, relative to `crates`: its path in the cargo layout, and if
 * its version has a `+`, also the same path with a space. cargo sends the `+` unencoded. Web
 * servers look up exactly that, while object stores such as Amazon S3 look up a key with a space.
 */
export function sitePaths(crate: CrateId): readonly [string, ...string[]] {
  const path = LAYOUT.pathOf(crate);
  return path.includes('+') ? [path, path.replaceAll('+', ' ')] : [path];
}
