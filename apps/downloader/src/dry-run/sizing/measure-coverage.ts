import { ExitCode, parseCommand, runMain, VERSION, wholeNumber } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { heavyTailed, sizeProfile } from '@crates-mirror/sample';
import { measureCoverage } from './coverage.ts';

const GROUP = 'Measuring';
/** The median of crates.io in bytes. */
const MEDIAN = 14_000;

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
        {
          flags: '--tail <tail>',
          description: 'of the sizes: log-normal, or heavy, with files up to 10 MB',
          group: GROUP,
          default: 'log-normal',
          choices: ['log-normal', 'heavy'],
        },
        { flags: '--seeds <n>', description: 'samples', group: GROUP, default: '100', parse: wholeNumber(1) },
      ],
      examples: 'Example: downloader:coverage --index crates.io-index',
    },
    argv,
  );
  const { index, sizeSample, tail, seeds } = values;
  if (index === undefined) throw new UsageError('--index is required', { hint: 'See --help' });
  const profile = tail === 'heavy' ? heavyTailed(MEDIAN) : sizeProfile(MEDIAN);
  const coverage = await measureCoverage({ index, profile, sample: sizeSample, seeds });
  process.stdout.write(`${JSON.stringify(coverage)}\n`);
  return ExitCode.done;
});
