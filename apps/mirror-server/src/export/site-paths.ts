import { pathVariants } from '@crates-mirror/bucket-mirror/keys';
import { type CrateId, parseLayout } from '@crates-mirror/layout';

const LAYOUT = parseLayout('cargo');

/**
 * The paths of a crate file in a site, relative to `crates`: the variants of its path in the cargo
 * layout.
 */
export function sitePaths(crate: CrateId): readonly [string, ...string[]] {
  return pathVariants(LAYOUT.pathOf(crate));
}
