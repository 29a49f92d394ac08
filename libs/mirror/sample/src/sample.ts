import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexPath } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { packCrate } from './pack-crate.ts';
import { SAMPLE_CRATES, type SampleCrate, type SampleDependency } from './sample-crates.ts';

/** The embedded sample registry, in memory. */
export interface Sample {
  /** Index files by index path, and `config.json`. */
  readonly index: ReadonlyMap<string, string>;
  /** Crate files by URL path, `/crates/q/q-0.1.0.crate`. */
  readonly crates: ReadonlyMap<string, Buffer>;
}

/** Packs crates (by default those of the sample) and generates their index. */
export async function buildSample(made: readonly SampleCrate[] = SAMPLE_CRATES): Promise<Sample> {
  const index = new Map<string, string>();
  const crates = new Map<string, Buffer>();
  for (const crate of made) {
    const body = await packCrate(crate);
    const path = indexPath(crate.name);
    crates.set(`/crates/${crate.name}/${crate.name}-${crate.version}.crate`, body);
    index.set(path, `${index.get(path) ?? ''}${JSON.stringify(indexLine(crate, sha256Hex(body)))}\n`);
  }
  return { index, crates };
}

/** Writes the sample's index as a directory tree, like a git checkout. */
export function writeSampleIndex(sample: Sample, directory: string, dl: string): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.json'), `${JSON.stringify({ dl, api: null })}\n`);
  for (const [path, lines] of sample.index) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), lines);
  }
}

/** Serves the sample: crate files below `/crates`, the sparse index below `/index`. */
export function serveSample(sample: Sample, dl: () => string): (path: string) => Buffer | undefined {
  return (path) => {
    if (path === '/index/config.json') return Buffer.from(JSON.stringify({ dl: dl() }));
    if (path.startsWith('/index/')) {
      const lines = sample.index.get(path.slice('/index/'.length));
      return lines === undefined ? undefined : Buffer.from(lines);
    }
    return sample.crates.get(path);
  };
}

/**
 * Generates an index line (The Cargo Book, "Index Format"). Features with `dep:` or `?/` go to
 * `features2`, which needs `"v": 2`.
 */
function indexLine(crate: SampleCrate, cksum: string): Record<string, unknown> {
  const features: Record<string, readonly string[]> = {};
  const features2: Record<string, readonly string[]> = {};
  for (const [name, enables] of Object.entries(crate.features ?? {})) {
    const isNewSyntax = enables.some((feature) => feature.startsWith('dep:') || feature.includes('?/'));
    (isNewSyntax ? features2 : features)[name] = enables;
  }
  const needsV2 = Object.keys(features2).length > 0;
  return {
    name: crate.name,
    vers: crate.version,
    deps: (crate.dependencies ?? []).map(indexDependency),
    cksum,
    features,
    ...(needsV2 ? { features2 } : {}),
    yanked: crate.yanked === true,
    ...(crate.links === undefined ? {} : { links: crate.links }),
    ...(needsV2 ? { v: 2 } : {}),
    ...(crate.rustVersion === undefined ? {} : { rust_version: crate.rustVersion }),
  };
}

function indexDependency(dependency: SampleDependency): Record<string, unknown> {
  return {
    name: dependency.name,
    req: dependency.req,
    features: dependency.features ?? [],
    optional: dependency.optional === true,
    default_features: dependency.defaultFeatures !== false,
    target: dependency.target ?? null,
    kind: dependency.kind ?? 'normal',
    ...(dependency.package === undefined ? {} : { package: dependency.package }),
  };
}
