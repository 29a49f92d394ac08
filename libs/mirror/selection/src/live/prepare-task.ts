import type { SelectionRules } from '../model/rules.ts';

/** The task of a prepare-worker: apply rules to an index. */
export interface PrepareTask {
  readonly indexDir: string;
  readonly rules: SelectionRules;
}
