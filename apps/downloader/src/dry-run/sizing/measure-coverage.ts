import { ExitCode, parseCommand, runMain, VERSION, wholeNumber } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { measureCoverage } from './coverage.ts';

const GROUP = 'Measuring';

await runMain('downloader:coverage', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'downloader:coverage',
      version: VERSION,
      description:
        'Counts how often the interval of a dry run holds the truth, over an index with generated sizes.',
      options: [
        { flags: '--index <dir>', description: 'index whose versions are sized', group: GROUP },
        {
          flags: '--size-sample <n>',
          description: 'crate files of a sample',
          group: GROUP,
          default: '400',
          parse: wholeNumber(1),
        },
        { flags: '--seeds <n>', description: 'samples', group: GROUP, default: '100', parse: wholeNumber(1) },
      ],
      examples: 'Example: downloader:coverage --index crates.io-index',
    },
    argv,
  );
  const { index, sizeSample, seeds } = values as { index?: string; sizeSample: number; seeds: number };
  if (index === undefined) throw new UsageError('--index is required', { hint: 'See --help' });
  process.stdout.write(`${JSON.stringify(measureCoverage({ index, sample: sizeSample, seeds }))}\n`);
  return ExitCode.done;
});
