import type { BytePath } from '../byte-path.ts';
import type { ExclusionRule } from '../exclude/exclusions.ts';

/** Totals of everything below a directory. */
export interface TreeTotals {
  readonly files: number;
  /** Bytes of all files. */
  readonly bytes: number;
}

/** Input of the counting thread. */
export interface CountJob {
  readonly root: BytePath;
  readonly rules: readonly ExclusionRule[];
}
