import { readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { Cost } from './measure.ts';
import { medianCost } from './record.ts';
import type { Scenario } from './scenario.ts';

/** The machine, in one line. */
export function describeMachine(): string {
  const model =
    /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor';
  return `${model}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.version}`;
}

/** A Markdown table of medians, with ratios to the second contender. */
export function renderTable(scenario: Scenario, costs: readonly (readonly Cost[])[]): string {
  const medians = costs.map(medianCost);
  const peer = medians[1] as Cost;
  const rows = scenario.contenders.map(({ name }, i) => {
    const { wall, cpu, memory } = medians[i] as Cost;
    return `| ${name} | ${wall.toFixed(2)} s | ${(wall / peer.wall).toFixed(2)} | ${cpu.toFixed(2)} s | ${(cpu / peer.cpu).toFixed(2)} | ${Math.round(memory / 1e6)} MB |`;
  });
  const head = '| | wall | ratio | CPU | ratio | peak memory |\n| --- | --- | --- | --- | --- | --- |';
  return `### ${scenario.title}\n\n${head}\n${rows.join('\n')}\n\nMedians of ${costs[0]?.length} interleaved rounds.\n`;
}
