import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { type CatalogEntry, readCatalog } from '@crates-mirror/bundle';
import { sizeProfile } from '@crates-mirror/sample-registry';
import { type Cleanup, runTool, scratch, shared, startUpstream, type Upstream } from './tools.ts';

/** A folder `bundles` in a directory of the test's own. */
export interface Bundled {
  readonly cwd: string;
  /** Shared by all tests that have a copy of the folder. */
  readonly upstream: Upstream;
  readonly catalog: CatalogEntry[];
}

/** The options with which the folder was created, besides the upstream's. */
export const BUNDLE = ['--bundle', '--bundle-size-gb', '0.001'];

/**
 * Creates a folder of bundles for the first test that needs one, and a copy for each test. Must be
 * called outside of tests.
 */
export function bundledOnce(crates: number): (t: Cleanup) => Promise<Bundled> {
  const original = shared(async (t) => {
    const cwd = scratch(t);
    const upstream = await startUpstream(t, cwd, { crates, profile: sizeProfile(8000) });
    const { code, stderr } = await runTool(t, 'downloader', [...upstream.args, ...BUNDLE], cwd);
    assert.equal(code, 0, stderr);
    return { bundles: join(cwd, 'bundles'), upstream };
  });
  return async (t) => {
    const { bundles, upstream } = await original();
    const cwd = scratch(t);
    const copy = join(cwd, 'bundles');
    cpSync(bundles, copy, { recursive: true, preserveTimestamps: true });
    return { cwd, upstream, catalog: [...readCatalog(copy).values()] };
  };
}
