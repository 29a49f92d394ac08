import type { WantedFile } from '@crates-mirror/crate-files';
import { isCrateName, isCrateVersion } from '@crates-mirror/crates-index';
import { describeDenial } from '@crates-mirror/denylist';
import type { IndexedVersion, SparseIndex } from '@crates-mirror/sparse-index';
import { LRUCache } from 'lru-cache';
import type { NameSearch } from '../counts/name-search.ts';
import { crateFilePath } from '../crate-address.ts';
import { type CrateFacts, crateFacts, type HeldVersion } from './crate-facts.ts';
import type { CrateManifests } from './crate-manifests.ts';
import { categoryJson, crateJson, dependencyJson, type Json, keywordJson, versionJson } from './json.ts';
import type { CrateManifest } from './manifest.ts';
import { pagingMeta, parsePaging } from './paging.ts';

/** An API response: JSON, a redirect, or a refusal. */
export type ApiAnswer =
  | { readonly body: Buffer }
  | { readonly location: string }
  | { readonly status: 400 | 403 | 404 | 503; readonly detail: string };

export interface CrateApiDeps {
  readonly index: Pick<SparseIndex, 'list'>;
  readonly names: NameSearch;
  readonly manifests: Pick<CrateManifests, 'find'>;
}

/**
 * From `/api/v1/crates/{crate}/{version}/download` to the root of the server, whatever path prefix
 * a proxy uses.
 */
const TO_ROOT = '../../../../..';

/**
 * For a crate with thousands of versions, a response takes as long to build as its page, so
 * concurrent clients share one.
 */
const ANSWERS = { max: 16, ttl: 1000 };

/**
 * The read-only part of crates.io's web API, as far as the index and the crate files provide its
 * data.
 */
export class CrateApi {
  readonly #deps: CrateApiDeps;
  readonly #answers = new LRUCache<string, Promise<ApiAnswer>>(ANSWERS);

  constructor(deps: CrateApiDeps) {
    this.#deps = deps;
  }

  /**
   * @param path below `/api/`, decoded
   * @throws CodedError if the data is not available at the moment
   */
  answer(path: readonly string[], query: string): Promise<ApiAnswer> {
    // Decoded segments may contain a question mark.
    const key = JSON.stringify([path, query]);
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = this.#answer(path, query);
      this.#answers.set(key, answer);
    }
    return answer;
  }

  async #answer([api, crates, ...path]: readonly string[], query: string): Promise<ApiAnswer> {
    // A trailing slash makes no difference.
    if (path.at(-1) === '') path.pop();
    if (api !== 'v1' || crates !== 'crates' || path.length > 3) return nothing();
    const [name, version, what] = path;
    if (name === undefined) return this.#search(query);
    if (version === 'owners' || version === 'owner_user' || version === 'owner_team')
      return notFound('a mirror does not know the owners of a crate; crates.io does');
    const all = isCrateName(name) ? ((await this.#deps.index.list(name)) ?? []) : [];
    const denied = all.find(({ entry, denial }) => denial !== undefined && entry.version === version);
    if (denied !== undefined) return refusal(denied);
    const facts = crateFacts(all);
    if (facts === undefined) return notFound(`crate \`${name}\` is not in this mirror`);
    if (version === undefined) return this.#crate(facts);
    if (version === 'versions' && what === undefined) return versions(facts);
    if (!isCrateVersion(version)) return nothing();
    const held = facts.versions.find((one) => one.version === version);
    if (held === undefined) return notFound(`crate \`${name}\` has no version \`${version}\` in this mirror`);
    return this.#version(held, what);
  }

  async #search(query: string): Promise<ApiAnswer> {
    const paging = parsePaging(query);
    if (typeof paging === 'string') return { status: 400, detail: paging };
    const { text, page, perPage } = paging;
    const { names, total } = await this.#deps.names.page(text, (page - 1) * perPage, perPage);
    if (total === 0 && !this.#deps.names.isComplete)
      return { status: 503, detail: 'the mirror is being looked through: not all names are known yet' };
    const crates = await Promise.all(names.map((name) => this.#found(name, text)));
    return json({ crates: crates.flat(), meta: pagingMeta(paging, total) });
  }

  /** @returns nothing if the crate has disappeared since the names were counted */
  async #found(name: string, text: string): Promise<Json[]> {
    const facts = crateFacts((await this.#deps.index.list(name)) ?? []);
    if (facts === undefined) return [];
    const manifest = await this.#manifestOf(facts.main);
    return [{ ...crateJson(facts, manifest), exact_match: name === text }];
  }

  async #crate(facts: CrateFacts): Promise<ApiAnswer> {
    const { main } = facts;
    const manifest = await this.#manifestOf(main);
    const all = facts.versions.toReversed();
    return json({
      crate: crateJson(facts, manifest),
      versions: all.map((one) => versionJson(one, one === main ? manifest : undefined)),
      keywords: (manifest?.keywords ?? []).map(keywordJson),
      categories: (manifest?.categories ?? []).map(categoryJson),
    });
  }

  async #version(held: HeldVersion, what: string | undefined): Promise<ApiAnswer> {
    switch (what) {
      case undefined:
        return json({ version: versionJson(held, await this.#manifestOf(held)) });
      case 'download':
        return { location: `${TO_ROOT}${crateFilePath(wantedBy(held))}` };
      case 'dependencies':
        return json({ dependencies: held.line.dependencies.map(dependencyJson), meta: {} });
      default:
        return nothing();
    }
  }

  #manifestOf(held: HeldVersion): Promise<CrateManifest | undefined> {
    return this.#deps.manifests.find(wantedBy(held));
  }
}

function wantedBy({ name, version, checksum }: HeldVersion): WantedFile {
  return { name, version, sha256: checksum };
}

function versions(facts: CrateFacts): ApiAnswer {
  const all = facts.versions.toReversed();
  return json({
    versions: all.map((one) => versionJson(one)),
    meta: { total: all.length, next_page: null },
  });
}

function json(value: Json): ApiAnswer {
  return { body: Buffer.from(`${JSON.stringify(value)}\n`) };
}

function refusal({ entry: { name, version }, denial }: IndexedVersion): ApiAnswer {
  return denial === undefined ? nothing() : { status: 403, detail: describeDenial(name, version, denial) };
}

function notFound(detail: string): ApiAnswer {
  return { status: 404, detail };
}

function nothing(): ApiAnswer {
  return notFound('a mirror does not answer this part of the crates.io API');
}
