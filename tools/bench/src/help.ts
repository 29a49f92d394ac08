import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Contender, Ground, Scenario } from './scenario.ts';

/** How long a tool takes to say what it can do, beside Node.js doing nothing. */
export async function help({ repository, directory }: Ground): Promise<Scenario> {
  const tools = globSync('apps/*/src/main.js', { cwd: repository }).sort();
  const contender = (main: string): Contender => ({
    name: `${dirname(dirname(main)).replace('apps/', '')} --help`,
    command: { argv: [process.execPath, join(repository, main), '--help'], cwd: directory },
  });
  const [first, ...rest] = tools.map(contender) as [Contender, ...Contender[]];
  const nothing = { name: 'node -e 0', command: { argv: [process.execPath, '-e', '0'], cwd: directory } };
  return { title: 'help: --help of each tool', contenders: [first, nothing, ...rest] };
}
