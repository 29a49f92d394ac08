import type { IndexProblem, IndexSource } from '@crates-mirror/crates-index';
import type { PreparedSelection } from '../model/data.ts';
import type { SelectionRules } from '../model/rules.ts';

/** The task of a prepare-worker: apply rules to an index. */
export interface PrepareTask {
  readonly index: IndexSource['location'];
  readonly rules: SelectionRules;
}

/** What a prepare-worker answers. */
export type Prepared =
  | (PreparedSelection & { readonly problems: readonly IndexProblem[] })
  | { readonly wrongUse: { readonly message: string; readonly hint: string | undefined } };
