import type { CrateFacts, HeldVersion } from './crate-facts.ts';
import type { IndexDependency } from './index-line.ts';
import type { CrateManifest } from './manifest.ts';

/**
 * The response formats of crates.io's web API (https://crates.io/api/openapi.json). Fields that
 * neither the index nor a manifest provides are left out, such as downloads, owners and numeric
 * ids. Only texts that a manifest could have provided are null.
 */
export type Json = Readonly<Record<string, unknown>>;

const API = '/api/v1/crates';

/** @param manifest manifest of `facts.main`; undefined if it could not be read */
export function crateJson(facts: CrateFacts, manifest: CrateManifest | undefined): Json {
  const { versions, newest, max, maxStable, main } = facts;
  const { name } = newest;
  return {
    id: name,
    name,
    description: manifest?.description ?? null,
    homepage: manifest?.homepage ?? null,
    documentation: manifest?.documentation ?? null,
    repository: manifest?.repository ?? null,
    ...(manifest === undefined ? {} : { keywords: manifest.keywords, categories: manifest.categories }),
    default_version: main.version,
    max_version: max.version,
    max_stable_version: maxStable?.version ?? null,
    newest_version: newest.version,
    num_versions: versions.length,
    yanked: main.yanked,
    ...times(versions[0], newest),
    links: { versions: `${API}/${name}/versions` },
  };
}

/** @param manifest the version's own manifest; undefined if it was not read, or could not be */
export function versionJson(held: HeldVersion, manifest?: CrateManifest): Json {
  const { name, version, checksum, yanked, size, line } = held;
  const base = `${API}/${name}/${encodeURIComponent(version)}`;
  return {
    crate: name,
    num: version,
    dl_path: `${base}/download`,
    ...times(held, held),
    features: line.features,
    yanked,
    checksum,
    crate_size: size,
    rust_version: line.rustVersion ?? manifest?.rustVersion ?? null,
    lib_links: line.links ?? null,
    ...(manifest === undefined ? {} : manifestJson(manifest)),
    links: { dependencies: `${base}/dependencies` },
  };
}

function manifestJson(manifest: CrateManifest): Json {
  const { license, edition, description, homepage, documentation, repository } = manifest;
  return {
    license: license ?? null,
    edition: edition ?? null,
    description: description ?? null,
    homepage: homepage ?? null,
    documentation: documentation ?? null,
    repository: repository ?? null,
  };
}

export function dependencyJson(dependency: IndexDependency): Json {
  const { crate, req, features, optional, defaultFeatures, target, kind } = dependency;
  return { crate_id: crate, req, kind, optional, default_features: defaultFeatures, features, target };
}

export function keywordJson(keyword: string): Json {
  return { id: keyword.toLowerCase(), keyword };
}

export function categoryJson(slug: string): Json {
  return { id: slug, slug };
}

function times(first: HeldVersion | undefined, last: HeldVersion): Json {
  const created = first?.line.publishedAt;
  const updated = last.line.publishedAt;
  return {
    ...(created === undefined ? {} : { created_at: created }),
    ...(updated === undefined ? {} : { updated_at: updated }),
  };
}
