import type { BytePath } from '../byte-path.ts';
import type { ExclusionRule } from '../exclude/exclusions.ts';

/** What there is below a directory. */
export interface TreeTotals {
  readonly files: number;
  /** of all files */
  readonly bytes: number;
}

/** What the thread is told. */
export interface CountJob {
  readonly root: BytePath;
  readonly rules: readonly ExclusionRule[];
}
