import type { CrateFiles } from '@crates-mirror/crate-files';
import type { Layout } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import type { PackOptions } from '../options.ts';
import type { Report } from '../report.ts';

/** Shared context of all packing code. */
export interface PackContext {
  readonly options: PackOptions;
  readonly files: CrateFiles;
  readonly layout: Layout;
  readonly logger: Logger;
  readonly report: Report;
  /** Aborted if the user has requested a stop. */
  readonly stopped: AbortSignal;
  /** Throws if a stop was requested. */
  readonly checkStopped: () => void;
  readonly onAdvance: () => void;
}

/** A pack operation for which all prompts and checks are already done. */
export interface PackJob {
  /** @returns the text to print. @throws UsageError before anything is published; FatalError */
  run(context: PackContext): Promise<string>;
  /** Cleans up after a run, whether it succeeded or not. */
  close(): void;
}
