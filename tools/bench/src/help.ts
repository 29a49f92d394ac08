import { globSync } from 'node:fs';
import { basename } from 'node:path';
import type { Contender, Ground, Scenario } from './scenario.ts';

/** The time a tool takes to print its help, compared to Node.js doing nothing. */
export async function help({ repository, programOf, directory }: Ground): Promise<Scenario> {
  const tools = globSync('apps/*', { cwd: repository })
    .map((path) => basename(path))
    .sort();
  const contender = (app: string): Contender => ({
    name: `${app} --help`,
    command: { argv: [process.execPath, programOf(app), '--help'], cwd: directory },
  });
  const [first, ...rest] = tools.map(contender) as [Contender, ...Contender[]];
  const nothing = { name: 'node -e 0', command: { argv: [process.execPath, '-e', '0'], cwd: directory } };
  return { title: 'help: --help of each tool', contenders: [first, nothing, ...rest] };
}
