import type { DownloaderOptions, Source } from '@crates-mirror/downloader-options';
import { explainCrate } from '@crates-mirror/explain';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import type { Asked } from '@crates-mirror/selection/options';
import { entrySizes } from './lane/sizes/entry-sizes.ts';
import { readLearntSizes } from './sizes/learnt-sizes.ts';

/** Explains the selection of a run. @returns the exit code @throws UsageError */
export function explainSelection(
  asked: Asked,
  { directory: indexDir, rules }: Source & { readonly kind: 'index' },
  { logFormat, out, bundle, layout, deny }: Omit<DownloaderOptions, 'source'>,
): Promise<number> {
  return explainCrate({
    tool: 'downloader',
    asked,
    indexDir,
    rules,
    deny,
    mirror: out,
    bundlesDir: bundle?.directory,
    logFormat,
    sizesOf: async () =>
      entrySizes({
        out,
        layout,
        members: undefined,
        learnt: [readLearntSizes(mirrorHome(out).sizesFile)],
      }),
  });
}
