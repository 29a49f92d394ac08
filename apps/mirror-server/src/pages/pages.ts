import type { AdvisoryDatabase } from '@crates-mirror/advisories';
import type { Request } from '@crates-mirror/http-content';
import type { SparseIndex } from '@crates-mirror/sparse-index';
import { LRUCache } from 'lru-cache';
import { crateFacts } from '../api/crate-facts.ts';
import type { CrateManifests } from '../api/crate-manifests.ts';
import type { NameSearch } from '../counts/name-search.ts';
import type { Stats } from '../counts/stats.ts';
import type { DamageCounts } from '../damage/damage-counts.ts';
import type { CommitWatch } from '../index-commit.ts';
import { newestPage } from './arrivals.ts';
import { cratePage, unknownCratePage } from './crate-page.ts';
import { cratesPage, NAMES_PER_PAGE } from './crates-page.ts';
import { homePage } from './home-page.ts';
import { notFoundPage } from './not-found-page.ts';
import { RenderedPage } from './send-page.ts';

const MAX_RESULTS = 100;
const MAX_SEARCH = 64;
/**
 * For a crate with thousands of versions, a page takes a fifth of a second and some megabytes, so
 * concurrent clients share one.
 */
const CRATE_PAGES = { max: 16, ttl: 1000 };

export interface PageDeps {
  readonly index: SparseIndex;
  readonly stats: Stats;
  readonly damage: () => DamageCounts;
  readonly names: NameSearch;
  readonly manifests: Pick<CrateManifests, 'find'>;
  readonly advisories: Pick<AdvisoryDatabase, 'of'> | undefined;
  readonly commit: Pick<CommitWatch, 'get'>;
  readonly originOf: (request: Request) => string | undefined;
  readonly servesRemoved: boolean;
}

/** The HTML pages. */
export class Pages {
  readonly #deps: PageDeps;
  readonly #crates = new LRUCache<string, Promise<RenderedPage>>(CRATE_PAGES);

  constructor(deps: PageDeps) {
    this.#deps = deps;
  }

  async home(query: string, request: Request): Promise<RenderedPage> {
    const { stats, damage, commit, originOf, servesRemoved } = this.#deps;
    const text = (new URLSearchParams(query).get('q') ?? '').trim().slice(0, MAX_SEARCH);
    const page = homePage({
      counts: stats.counts,
      damage: damage(),
      commit: await commit.get(),
      origin: originOf(request) ?? 'http://THIS-SERVER',
      servesRemoved,
      initials: stats.names.tree.page('', 0, 0).longer,
      arrivals: stats.arrivals,
      search: text === '' ? undefined : { text, ...(await this.#search(text)) },
      now: Date.now(),
    });
    return new RenderedPage(page);
  }

  /** Crates by prefix. @param query `prefix`, and `page`, which starts at 1 */
  async crates(query: string): Promise<RenderedPage> {
    const { stats } = this.#deps;
    const parameters = new URLSearchParams(query);
    const prefix = (parameters.get('prefix') ?? '').trim().slice(0, MAX_SEARCH);
    const page = Math.max(1, Math.trunc(Number(parameters.get('page'))) || 1);
    const found = stats.names.tree.page(prefix, (page - 1) * NAMES_PER_PAGE, NAMES_PER_PAGE);
    const isComplete = stats.counts.finishedAt !== undefined;
    return new RenderedPage(cratesPage({ ...found, prefix, page, isComplete }));
  }

  async newest(): Promise<RenderedPage> {
    const { counts, arrivals } = this.#deps.stats;
    return new RenderedPage(newestPage(arrivals, counts.finishedAt !== undefined));
  }

  /** @param home path of the home page, relative to the requested path */
  notFound(home: string, why: string): RenderedPage {
    return new RenderedPage(notFoundPage(home, why));
  }

  crate(name: string): Promise<RenderedPage> {
    let page = this.#crates.get(name);
    if (page === undefined) {
      page = this.#crate(name);
      this.#crates.set(name, page);
    }
    return page;
  }

  async #crate(name: string): Promise<RenderedPage> {
    const versions = await this.#deps.index.list(name);
    if (versions === undefined) return new RenderedPage(unknownCratePage(name));
    const main = crateFacts(versions)?.main;
    const wanted = main && { name: main.name, version: main.version, sha256: main.checksum };
    const manifest = wanted && (await this.#deps.manifests.find(wanted));
    const advisories = this.#deps.advisories?.of(versions[0]?.entry.name ?? name);
    return new RenderedPage(cratePage(versions, manifest, advisories));
  }

  async #search(text: string): Promise<{ names: readonly string[]; isCut: boolean }> {
    const { names, total } = await this.#deps.names.page(text, 0, MAX_RESULTS);
    return { names, isCut: total > names.length };
  }
}
