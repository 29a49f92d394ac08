import { runMain } from '@crates-mirror/cli';
import { parseOptions } from './command/command-line.ts';

await runMain('index-cloner', async (argv) => {
  const options = parseOptions(argv);
  if (options.downloader.options.explain !== undefined)
    return (await import('./mirror/explain.ts')).explainSelection(options);
  // Loaded on demand, so that --help and a mistyped option respond at once.
  return (await import('./run.ts')).run(options);
});
