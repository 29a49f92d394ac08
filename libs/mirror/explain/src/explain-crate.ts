import { ExitCode, type SharedOptions } from '@crates-mirror/cli';
import { type Entry, type IndexProblem, openIndex } from '@crates-mirror/crates-index';
import { loadDenylist } from '@crates-mirror/denylist';
import { createLogger, problemReporter, StatusLine } from '@crates-mirror/logging';
import { entriesOf, explain } from '@crates-mirror/selection/explain';
import type { Asked, SelectionRules } from '@crates-mirror/selection/options';
import { prepareSelection } from '@crates-mirror/selection/prepare';
import type { SizeOf } from '@crates-mirror/selection/selector';
import { asJson, asText } from './print.ts';
import { type Places, Standing } from './standing.ts';

/** What a tool was asked, and the options on which its policy depends. */
export interface ExplainOptions extends Places, Pick<SharedOptions, 'logFormat'> {
  /** For the log. */
  readonly tool: string;
  readonly asked: Asked;
  readonly indexDir: string;
  readonly rules: SelectionRules;
  /** Path of a denylist. */
  readonly deny: string | undefined;
  /** Finds the sizes of a crate's files, as far as the tool knows them when it decides. */
  readonly sizesOf?: (entries: readonly Entry[]) => Promise<SizeOf>;
}

/**
 * Prints why versions of a crate are selected or not, and since when. Every tool prints the same for
 * the same rules, index and mirror. Modifies nothing.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function explainCrate(options: ExplainOptions): Promise<number> {
  const { tool, asked, indexDir, logFormat: format } = options;
  const index = await openIndex(indexDir);
  const logger = createLogger({ tool, format, level: 'info', output: new StatusLine() });
  let problems = 0;
  const report = problemReporter(logger, ({ count = 1 }: IndexProblem) => {
    problems += count;
  });
  const denied = options.deny === undefined ? [] : (await loadDenylist(options.deny)).rules;
  const rules = { ...options.rules, denied };
  const selection = prepareSelection(rules, index, report, { isExplained: true });
  const standing = new Standing(options);
  const sizeOf = rules.maxSize && (await options.sizesOf?.(entriesOf(index, asked.name)));
  const explanations = explain(selection, index, asked, {
    wasHeld: standing.wasHeld(asked.name, asked.version),
    ...(sizeOf ? { sizeOf } : {}),
  });
  const context = { asked, standing, since: standing.selectedSince(selection.data) };
  process.stdout.write((format === 'json' ? asJson : asText)(explanations, context));
  return problems > 0 ? ExitCode.failed : ExitCode.done;
}
