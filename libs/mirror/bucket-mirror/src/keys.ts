import { HOME_DIRECTORY } from '@crates-mirror/layout/home-directory';
import type { CrateId, Layout } from '@crates-mirror/layout/paths';
import type { ObjectHeaders } from '@crates-mirror/s3';

/** Crate files, under the paths of the mirror's layout. */
export const CRATES = 'crates/';
/** Sparse index files and `config.json`. */
export const INDEX = 'index/';
/** Bundles, under the names that they have in a folder of bundles. */
export const BUNDLES = 'bundles/';
/** Everything else that the tools keep in a bucket: markers, the lock. */
export const STATE = `${HOME_DIRECTORY}/`;
/** Manifests of runs over a shard of a mirror. */
export const MANIFESTS: `${typeof STATE}manifests/` = `${STATE}manifests/`;
/** The marker of a mirror, as in a directory. */
export const MIRROR_MARKER = `${STATE}mirror.json`;
/** The marker of an exported site. */
export const SITE_MARKER = `${STATE}site.json`;

/**
 * A path, and if it has a `+`, the same path with a space. cargo sends the `+` of a version
 * unencoded. Web servers look up exactly that, while object stores such as Amazon S3 look up a key
 * with a space.
 */
export function pathVariants(path: string): readonly [string, ...string[]] {
  return path.includes('+') ? [path, path.replaceAll('+', ' ')] : [path];
}

/** The keys of a crate file: the first one is that of its path in the layout. */
export function keysOfCrate(layout: Layout, crate: CrateId): readonly [string, ...string[]] {
  const [first, ...others] = pathVariants(layout.pathOf(crate));
  return [CRATES + first, ...others.map((path) => CRATES + path)];
}

const STATE_HEADERS = { contentType: 'application/json', cacheControl: 'no-store' };
const INDEX_CACHING = 'public, max-age=60';

/** The metadata that an object is stored with, by its key. */
export function headersOf(key: string): ObjectHeaders {
  if (key.startsWith(STATE)) return STATE_HEADERS;
  // The URL of a crate file may refer to different bytes once its version is republished.
  if (key.startsWith(CRATES)) return { contentType: 'application/gzip', cacheControl: 'public, max-age=600' };
  if (key.startsWith(BUNDLES)) return bundleHeaders(key);
  // A rerun replaces a partition of a data set.
  if (key.endsWith('.parquet'))
    return { contentType: 'application/vnd.apache.parquet', cacheControl: 'no-cache' };
  // cargo revalidates index files after this time, with the ETag.
  const contentType = key === `${INDEX}config.json` ? 'application/json' : 'text/plain; charset=utf-8';
  return { contentType, cacheControl: INDEX_CACHING };
}

/** A finished bundle never changes; the catalog beside it grows. */
function bundleHeaders(key: string): ObjectHeaders {
  if (key.endsWith('.tar.zst'))
    return { contentType: 'application/zstd', cacheControl: 'public, max-age=31536000, immutable' };
  const contentType = key.endsWith('.jsonl') ? 'application/jsonl' : 'text/plain; charset=utf-8';
  return { contentType, cacheControl: 'public, max-age=60' };
}
