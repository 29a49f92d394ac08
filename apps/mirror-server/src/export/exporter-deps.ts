import type { CrateFiles } from '@crates-mirror/crate-files';
import type { IndexSource } from '@crates-mirror/crates-index';
import type { Selection } from '@crates-mirror/selection';
import type { LiveIndex } from '@crates-mirror/sparse-index';
import type { MirrorRepair } from './mirror-repair.ts';
import type { MissingReasons } from './missing-reasons.ts';
import type { ProblemLog } from './problem-log.ts';
import type { SiteTarget } from './site-target.ts';
import type { Tally } from './tally.ts';

/** Everything that an export works with. */
export interface ExporterDeps {
  readonly site: SiteTarget;
  /** Lists the index files. */
  readonly source: IndexSource;
  /** Reads their content. */
  readonly index: LiveIndex;
  readonly files: CrateFiles;
  /** Selects the versions to export. */
  readonly policy: Selection;
  /** undefined if the mirror is read-only */
  readonly repair: MirrorRepair | undefined;
  readonly reasons: MissingReasons;
  readonly tally: Tally;
  readonly problems: ProblemLog;
  readonly isStopped: () => boolean;
  readonly onProgress: () => void;
}
