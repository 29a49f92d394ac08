import { runMain } from '@crates-mirror/cli';
import { parseOptions } from './command-line.ts';

await runMain('downloader', async (argv) => {
  const { source, ...options } = parseOptions(argv);
  // Loaded only now, so that --help and a mistyped option answer at once.
  if (source === undefined) return (await import('./sample-run.ts')).runSample(options);
  return (await import('./run.ts')).run({ ...options, source });
});
