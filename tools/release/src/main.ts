import { resolve } from 'node:path';
import { ExitCode, runMain } from '@crates-mirror/cli';
import { build } from './build.ts';
import { parseOptions } from './command-line.ts';

await runMain('release', async (argv) => {
  const options = parseOptions(argv);
  const built = await build(resolve(import.meta.dirname, '../../..'), options);
  process.stdout.write(built.map((name) => `${options.out}/${name}\n`).join(''));
  return ExitCode.done;
});
