import { runMain } from '@crates-mirror/cli';
import { parseOptions } from './command-line.ts';

await runMain('sidecar-generator', async (argv) => {
  const options = parseOptions(argv);
  if (options.explain !== undefined)
    return (await import('./explain.ts')).explainSelection(options.explain, options);
  // Loaded only after parsing the options, so that --help and usage errors respond at once.
  return (await import('./run.ts')).run(options);
});
