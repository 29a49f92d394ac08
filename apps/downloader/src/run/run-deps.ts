import type { OpenBucketMirror } from '@crates-mirror/bucket-writer';
import type { ManifestWriter } from '@crates-mirror/manifest/writer';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { Run } from '@crates-mirror/tool-run';
import type { LaneThread } from '../lanes/lane-thread.ts';
import type { Bundling } from '../mirror/bundling.ts';
import type { InputProblem, Plan } from '../plan/work.ts';
import type { Removals } from '../removal/begin-removals.ts';
import type { Tally } from '../report/tally.ts';
import type { LearntSizes } from '../sizes/learnt-sizes.ts';
import type { Watch } from '../watch/watch.ts';
import type { RetryList } from './retry-list.ts';

/** The opened resources of a run. */
export interface RunDeps {
  readonly plan: Plan;
  readonly selection: SelectionData;
  readonly tally: Tally;
  readonly toolRun: Run;
  readonly manifest: ManifestWriter;
  readonly bundling: Bundling | undefined;
  readonly bucket: OpenBucketMirror | undefined;
  readonly watch: Watch | undefined;
  readonly retryList: RetryList | undefined;
  readonly report: (problem: InputProblem) => void;
  readonly removals: Removals | undefined;
  /** Only set for a run with a size limit. */
  readonly sizes: LearntSizes | undefined;
  /** Stores the selection after a run has applied it to the whole index. */
  readonly remember: () => Promise<void>;
  readonly firstLane: LaneThread | undefined;
}
