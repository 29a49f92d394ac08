import type { SelectionRules } from './rules.ts';

/** The work of a prepare-worker: to apply rules to an index. */
export interface PrepareTask {
  readonly indexDir: string;
  readonly rules: SelectionRules;
}
