import { readFileSync } from 'node:fs';
import { UsageError } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { type Cost, median } from './measure.ts';
import type { Scenario } from './scenario.ts';

/** Median costs over the rounds of one contender. */
export function medianCost(costs: readonly Cost[]): Cost {
  return {
    wall: median(costs.map(({ wall }) => wall)),
    cpu: median(costs.map(({ cpu }) => cpu)),
    memory: median(costs.map(({ memory }) => memory)),
  };
}

/**
 * The row of a scenario in the table of docs/benchmarks.md: its description, our time, the peer's
 * and that of the fastest other contender, ratios of wall and CPU time to the peer, our peak
 * memory, and the date.
 */
export function tableRow(
  name: string,
  what: string,
  { contenders }: Scenario,
  costs: readonly (readonly Cost[])[],
  date: string,
): string {
  const [ours, peer, ...others] = costs.map(medianCost) as [Cost, Cost, ...Cost[]];
  const best = Math.min(...others.map(({ wall }) => wall));
  const bestName = contenders[2 + others.findIndex(({ wall }) => wall === best)]?.name;
  const cells = [
    `\`${name}\`: ${what}`,
    `${ours.wall.toFixed(2)} s`,
    `${contenders[1].name}: ${peer.wall.toFixed(2)} s${others.length === 0 ? '' : `; ${bestName}: ${best.toFixed(2)} s`}`,
    (ours.wall / peer.wall).toFixed(2),
    (ours.cpu / peer.cpu).toFixed(2),
    `${Math.round(ours.memory / 1e6)} MB`,
    date,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Replaces a scenario's row. @returns the document. @throws UsageError */
export function withRow(document: string, name: string, row: (what: string) => string): string {
  const pattern = new RegExp(`^\\| \`${name}\`: (.*?) +\\|.*$`, 'm');
  const what = pattern.exec(document)?.[1];
  if (what === undefined) throw new UsageError(`docs/benchmarks.md has no row for '${name}'`);
  return document.replace(pattern, () => row(what));
}

/** @throws UsageError */
export function recordRow(file: string, name: string, row: (what: string) => string): void {
  writeFileAtomic(file, withRow(readFileSync(file, 'utf8'), name, row));
}
