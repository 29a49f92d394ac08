import { formatCount } from '@crates-mirror/progress';
import type { Explanation } from '@crates-mirror/selection/explain';
import type { Asked } from '@crates-mirror/selection/options';
import type { Standing } from './standing.ts';

/** The facts that apply to all versions. */
export interface ExplainContext {
  readonly asked: Asked;
  readonly standing: Standing;
  /**
   * ISO 8601 time of the first run that brought the mirror up to this selection; undefined if the
   * mirror has a different selection.
   */
  readonly since: string | undefined;
}

/** For people: a line for each version, and the chain of dependencies of one that was asked for. */
export function asText(all: readonly Explanation[], { asked, standing, since }: ExplainContext): string {
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
export function asJson(all: readonly Explanation[], { standing, since }: ExplainContext): string {
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
