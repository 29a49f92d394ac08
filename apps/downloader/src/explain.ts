import { ExitCode } from '@crates-mirror/cli';
import { type IndexProblem, openIndex } from '@crates-mirror/crates-index';
import type { Source } from '@crates-mirror/downloader-options';
import { createLogger, problemReporter, StatusLine } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';
import { type Explanation, explain } from '@crates-mirror/selection/explain';
import type { Asked } from '@crates-mirror/selection/options';
import { prepareSelection } from '@crates-mirror/selection/prepare';

/** Says why versions of a crate are selected, or are not. Nothing is touched. @returns the exit code. @throws UsageError */
export async function explainCrate(
  asked: Asked,
  { directory, rules }: Source & { readonly kind: 'index' },
  format: 'text' | 'json',
): Promise<number> {
  const index = await openIndex(directory);
  const logger = createLogger({ tool: 'downloader', format, level: 'info', output: new StatusLine() });
  let problems = 0;
  const report = problemReporter(logger, ({ count = 1 }: IndexProblem) => {
    problems += count;
  });
  const selection = prepareSelection(rules, index, report, { isExplained: true });
  const explanations = explain(selection, index, asked);
  process.stdout.write(format === 'json' ? asJson(explanations) : asText(explanations, asked));
  return problems > 0 ? ExitCode.failed : ExitCode.done;
}

function asText(all: readonly Explanation[], { name, version }: Asked): string {
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
    return `  ${one.version.padEnd(width)}  ${one.decision.isSelected ? 'yes' : 'no '}  ${reason}${chain.join('')}`;
  });
  return `${title}\n\n${lines.join('\n')}\n`;
}

/** One JSON object a line. */
function asJson(all: readonly Explanation[]): string {
  return all
    .map(({ name, version, decision, because }) =>
      JSON.stringify({
        name,
        version,
        selected: decision.isSelected,
        rule: decision.because.rule,
        because,
        until: decision.isSelected ? null : (decision.until?.toISOString() ?? null),
      }),
    )
    .map((line) => `${line}\n`)
    .join('');
}
