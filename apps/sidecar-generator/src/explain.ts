import { openIndex } from '@crates-mirror/crates-index/open';
import { explainCrate } from '@crates-mirror/explain';
import { parseLayout } from '@crates-mirror/layout';
import type { Asked } from '@crates-mirror/selection/options';
import type { SizeOf } from '@crates-mirror/selection/selector';
import type { SidecarOptions } from './options.ts';
import { loadMirror } from './read-manifest.ts';

/** Explains which versions get sidecars. @returns the exit code @throws UsageError */
export function explainSelection(asked: Asked, options: SidecarOptions): Promise<number> {
  const { indexDir, rules, out, bundlesDir, logFormat } = options;
  return explainCrate({
    tool: 'sidecar-generator',
    asked,
    indexDir,
    rules,
    deny: undefined,
    mirror: out,
    bundlesDir,
    logFormat,
    sizesOf: () => sizesOf(options),
  });
}

async function sizesOf({ indexDir, manifest, layout, bundlesDir }: SidecarOptions): Promise<SizeOf> {
  if (manifest === undefined) return () => undefined;
  const { table } = loadMirror(manifest, { index: await openIndex(indexDir), layout }, bundlesDir);
  const crateLayout = parseLayout(layout);
  return ({ name, version, cksum: sha256 }) => table.get(crateLayout.pathOf({ name, version, sha256 }))?.size;
}
