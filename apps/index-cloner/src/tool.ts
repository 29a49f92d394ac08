import { runMain } from '@crates-mirror/cli';
import { parseOptions } from './command/command-line.ts';

await runMain('index-cloner', async (argv) => {
  const options = parseOptions(argv);
  // Loaded on demand, so that --help and a mistyped option respond at once.
  return (await import('./run.ts')).run(options);
});
