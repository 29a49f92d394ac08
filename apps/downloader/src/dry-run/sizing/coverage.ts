import { DirectorySource, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { generatedSize, sizeProfile } from '@crates-mirror/sample-registry';
import { BottomSample, rankOf } from './bottom-sample.ts';
import { estimateBytes } from './estimate.ts';

export interface CoverageOptions {
  /** Root of the index whose versions are sized. */
  readonly index: string;
  /** Crate files of a sample. */
  readonly sample: number;
  /** Seeds 0, 1, 2 and so on. */
  readonly seeds: number;
}

export interface Coverage {
  readonly versions: number;
  /** bytes */
  readonly truth: number;
  /** Seeds whose interval holds the truth. */
  readonly held: number;
  /** The intervals' mean width, as a share of the truth. */
  readonly width: number;
}

/** How often the interval holds the truth, over an index whose crate files have the sample registry's generated sizes. */
export function measureCoverage({ index, sample, seeds }: CoverageOptions): Coverage {
  const sizes = generatedSizes(index);
  const truth = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let held = 0;
  let width = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const lowest = new BottomSample<{ readonly rank: number; readonly size: number }>(sample);
    for (const [id, size] of sizes) {
      const rank = rankOf(id, seed);
      if (lowest.takes(rank)) lowest.add({ rank, size });
    }
    const sampled = lowest.items.map(({ size }) => size);
    const { low = 0, high = 0 } = estimateBytes(sampled, sizes.size, 0, seed) ?? {};
    if (low <= truth && truth <= high) held += 1;
    width += (high - low) / truth / seeds;
  }
  return { versions: sizes.size, truth, held, width };
}

function generatedSizes(index: string): Map<string, number> {
  const profile = sizeProfile(14_000);
  const source = new DirectorySource(index);
  const sizes = new Map<string, number>();
  for (const { files } of walkIndex(source, 1000, () => {}))
    for (const file of files)
      for (const { name, version } of parseIndexFile(source.read(file), file).entries)
        sizes.set(`${name}-${version}`, generatedSize(name, version, profile));
  return sizes;
}
