import { explainCrate, heldSizes } from '@crates-mirror/explain';
import { type Asked, NO_RULES } from '@crates-mirror/selection/options';
import type { PackOptions } from '../options.ts';

/** Explains which crate files a parcel carries. @returns the exit code @throws UsageError */
export function explainPacked(asked: Asked, options: PackOptions): Promise<number> {
  const { indexDir, rules, deny, mirror, bundlesDir, logFormat } = options;
  return explainCrate({
    tool: 'mirror-carrier',
    asked,
    indexDir,
    rules: rules ?? { ...NO_RULES, includeYanked: true },
    deny,
    mirror,
    bundlesDir,
    logFormat,
    sizesOf: heldSizes(options),
  });
}
