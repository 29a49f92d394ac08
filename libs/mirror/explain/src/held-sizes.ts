import { CrateFiles } from '@crates-mirror/crate-files';
import type { Entry } from '@crates-mirror/crates-index';
import { type Layout, parseLayout, readLayout } from '@crates-mirror/layout';
import type { SizeOf } from '@crates-mirror/selection/selector';
import type { Places } from './standing.ts';

/** Where crate files are. */
export interface HeldFiles extends Places {
  /** A layout's name or template; undefined for the layout that the mirror has recorded. */
  readonly layout?: string | undefined;
}

/** The sizes of the crate files that a mirror holds, which decide what is served and packed. */
export function heldSizes({
  mirror,
  bundlesDir,
  layout,
}: HeldFiles): (entries: readonly Entry[]) => Promise<SizeOf> {
  return async (entries) => {
    const files = new CrateFiles({
      mirror: mirror === undefined ? undefined : { root: mirror, layout: layoutOf(mirror, layout) },
      bundlesDirectory: bundlesDir,
      onNote: () => {},
    });
    try {
      const wanted = entries.map(({ name, version, cksum: sha256 }) => ({ name, version, sha256 }));
      const places = await files.findAll(wanted);
      const sizes = new Map(wanted.map(({ sha256 }, i) => [sha256, places[i]?.size]));
      return ({ cksum }) => sizes.get(cksum);
    } finally {
      await files.close();
    }
  };
}

function layoutOf(mirror: string, layout: string | undefined): Layout {
  return (layout === undefined ? readLayout(mirror) : undefined) ?? parseLayout(layout ?? 'cargo');
}
