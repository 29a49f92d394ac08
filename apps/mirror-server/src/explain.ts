import type { SharedOptions } from '@crates-mirror/cli';
import { explainCrate, heldSizes } from '@crates-mirror/explain';
import { NO_RULES } from '@crates-mirror/selection/options';
import type { MirrorOptions } from './options.ts';

/** What is explained. */
type Explained = Omit<MirrorOptions, 'indexDir'> &
  Pick<SharedOptions, 'logFormat'> & { readonly indexDir: string | undefined };

/** Explains what a server or an export serves. @returns the exit code @throws UsageError */
export async function explainServed(options: Explained): Promise<number> {
  const { explain, indexDir = '', rules, deny, mirror, bundlesDir, logFormat } = options;
  if (explain === undefined) return 0;
  return explainCrate({
    tool: 'mirror-server',
    asked: explain,
    indexDir,
    rules: rules ?? { ...NO_RULES, includeYanked: true },
    deny,
    mirror,
    bundlesDir,
    logFormat,
    sizesOf: heldSizes(options),
  });
}
