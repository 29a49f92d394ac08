import { isCrateName } from '@crates-mirror/crates-index';
import type { SparseIndex } from '@crates-mirror/sparse-index';
import type { NameList, NamePage } from './name-list.ts';

/** The names that a stats has found. */
export interface CountedNames {
  readonly names: Pick<NameList, 'page'>;
  /** `finishedAt` is undefined until all have been found once. */
  readonly counts: { readonly finishedAt: number | undefined };
}

/** Finds crates by name. One of just that name is found even before all names are known. */
export class NameSearch {
  readonly #stats: CountedNames;
  readonly #index: Pick<SparseIndex, 'find'>;

  constructor(stats: CountedNames, index: Pick<SparseIndex, 'find'>) {
    this.#stats = stats;
    this.#index = index;
  }

  /** Whether all names were known at least once. */
  get isComplete(): boolean {
    return this.#stats.counts.finishedAt !== undefined;
  }

  /** @throws CodedError where nobody can tell now */
  async page(text: string, offset: number, count: number): Promise<NamePage> {
    const page = this.#stats.names.page(text, offset, count);
    if (page.total > 0 || !isCrateName(text) || this.isComplete) return page;
    const exact = await this.#index.find(text);
    return exact === undefined ? page : { names: [text].slice(offset, offset + count), total: 1 };
  }
}
