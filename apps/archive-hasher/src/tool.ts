import { runMain } from '@crates-mirror/cli';
import { parseOptions } from './command-line.ts';
import { parseVerifyOptions } from './verify/command-line.ts';

await runMain('archive-hasher', async ([first, ...rest]) => {
  // Loaded only after parsing the options, so that --help and usage errors respond at once.
  if (first === 'verify') {
    const options = parseVerifyOptions(rest);
    return (await import('./verify/run.ts')).run(options);
  }
  const options = parseOptions(first === undefined ? [] : [first, ...rest]);
  return (await import('./run.ts')).run(options);
});
