import type { CrateFiles } from '@crates-mirror/crate-files';
import type { Layout } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import type { PackOptions } from '../options.ts';
import type { Report } from '../report.ts';

/** What all that packs works with. */
export interface PackContext {
  readonly options: PackOptions;
  readonly files: CrateFiles;
  readonly layout: Layout;
  readonly logger: Logger;
  readonly report: Report;
  /** Aborted where the user has asked to stop. */
  readonly stopped: AbortSignal;
  /** Throws then. */
  readonly checkStopped: () => void;
  readonly onAdvance: () => void;
}

/** Something that is to be packed, of which all is known that has to be asked or refused beforehand. */
export interface PackJob {
  /** @returns what is to be printed. @throws UsageError before anything is published; FatalError */
  run(context: PackContext): Promise<string>;
  /** Cleans up after a run, whatever came of it. */
  close(): void;
}
