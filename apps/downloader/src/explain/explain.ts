import { ExitCode } from '@crates-mirror/cli';
import { type IndexProblem, openIndex } from '@crates-mirror/crates-index';
import type { DownloaderOptions, Source } from '@crates-mirror/downloader-options';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import { createLogger, problemReporter, StatusLine } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';
import { type Explanation, explain } from '@crates-mirror/selection/explain';
import type { Asked } from '@crates-mirror/selection/options';
import { prepareSelection } from '@crates-mirror/selection/prepare';
import { entrySizes } from '../lane/sizes/entry-sizes.ts';
import { readLearntSizes } from '../sizes/learnt-sizes.ts';
import { Standing } from './standing.ts';

/** The facts that apply to all versions. */
interface Context {
  readonly asked: Asked;
  readonly standing: Standing;
  /**
   * ISO 8601 time of the first run that brought the mirror up to this selection; undefined if the
   * mirror has a different selection.
   */
  readonly since: string | undefined;
}

/**
 * Explains why versions of a crate are selected or not. Modifies nothing.
 *
 * @returns the exit code
 * @throws UsageError
 */
export async function explainCrate(
  asked: Asked,
  { directory, rules }: Source & { readonly kind: 'index' },
  options: Pick<DownloaderOptions, 'logFormat' | 'out' | 'bundle' | 'layout'>,
): Promise<number> {
  const { logFormat: format } = options;
  const index = await openIndex(directory);
  const logger = createLogger({ tool: 'downloader', format, level: 'info', output: new StatusLine() });
  let problems = 0;
  const report = problemReporter(logger, ({ count = 1 }: IndexProblem) => {
    problems += count;
  });
  const selection = prepareSelection(rules, index, report, { isExplained: true });
  const standing = new Standing(options);
  const explanations = explain(selection, index, asked, {
    wasHeld: standing.wasHeld(asked.name, asked.version),
    sizeOf: entrySizes({
      out: options.out,
      layout: options.layout,
      members: undefined,
      learnt: [readLearntSizes(mirrorHome(options.out).sizesFile)],
    }),
  });
  const context = { asked, standing, since: standing.selectedSince(selection.data) };
  process.stdout.write((format === 'json' ? asJson : asText)(explanations, context));
  return problems > 0 ? ExitCode.failed : ExitCode.done;
}

function asText(all: readonly Explanation[], { asked, standing, since }: Context): string {
  const { name, version } = asked;
  const selected = all.filter(({ decision }) => decision.isSelected).length;
  const verdict = selected > 0 ? 'is selected' : 'is not selected';
  const title =
    version === undefined
      ? `${name}: ${formatCount(selected)} of ${formatCount(all.length)} versions are selected.`
      : `${name} ${version} ${verdict}.`;
  const width = Math.max(...all.map((one) => one.version.length));
  const lines = all.map((one) => {
    const [reason, ...others] = one.because;
    const chain =
      version === undefined
        ? others.slice(0, 1).map((other) => `: ${other}`)
        : others.map((other) => `\n    ${other}`);
    const removal = standing.removalOf(one.name, one.version);
    const removed = removal === undefined ? '' : `\n    ${removal}`;
    return `  ${one.version.padEnd(width)}  ${one.decision.isSelected ? 'yes' : 'no '}  ${reason}${chain.join('')}${removed}`;
  });
  const remembered =
    since === undefined ? '' : `The mirror has had this selection since ${since.slice(0, 10)}.\n`;
  return `${title}\n${remembered}\n${lines.join('\n')}\n`;
}

/** Formats one JSON object per line. */
function asJson(all: readonly Explanation[], { standing, since }: Context): string {
  return all
    .map(({ name, version, decision, because }) =>
      JSON.stringify({
        name,
        version,
        selected: decision.isSelected,
        rule: decision.because.rule,
        because,
        since: decision.because.rule === 'denied' ? (decision.because.since ?? null) : (since ?? null),
        removed: standing.removalOf(name, version) ?? null,
        until: decision.isSelected ? null : (decision.until?.toISOString() ?? null),
      }),
    )
    .map((line) => `${line}\n`)
    .join('');
}
