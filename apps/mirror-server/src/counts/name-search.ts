import { isCrateName } from '@crates-mirror/crates-index';
import type { SparseIndex } from '@crates-mirror/sparse-index';
import type { NameList, NamePage } from './name-list.ts';

/** The names found by a count. */
export interface CountedNames {
  readonly names: Pick<NameList, 'page'>;
  /** `finishedAt` is undefined until the first count has finished. */
  readonly counts: { readonly finishedAt: number | undefined };
}

/** Finds crates by name. An exact match is found even before all names are known. */
export class NameSearch {
  readonly #stats: CountedNames;
  readonly #index: Pick<SparseIndex, 'find'>;

  constructor(stats: CountedNames, index: Pick<SparseIndex, 'find'>) {
    this.#stats = stats;
    this.#index = index;
  }

  /** Whether all names have been counted at least once. */
  get isComplete(): boolean {
    return this.#stats.counts.finishedAt !== undefined;
  }

  /** @throws CodedError if the result is not available at the moment */
  async page(text: string, offset: number, count: number): Promise<NamePage> {
    const page = this.#stats.names.page(text, offset, count);
    if (page.total > 0 || !isCrateName(text) || this.isComplete) return page;
    const exact = await this.#index.find(text);
    return exact === undefined ? page : { names: [text].slice(offset, offset + count), total: 1 };
  }
}
