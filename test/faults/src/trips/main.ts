import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { ExitCode, parseCommand, runMain } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { CleanUps } from '../campaign-run.ts';
import { prepare } from '../prepare-tests.ts';
import { makeTrips, type Trip } from './trips.ts';

const GROUP = 'Trips';

await runMain('five-trips', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'five-trips',
      version: '0.1.0',
      description: 'Carries a real index and five later days across a gap, and compares both sides.',
      options: [
        { flags: '--index <dir>', description: 'checkout of a crates.io index', group: GROUP },
        {
          flags: '--directory <dir>',
          description: 'new directory for both sides, of some gigabytes',
          group: GROUP,
        },
      ],
      examples:
        'Example:\n  npx nx run faults:five-trips -- --index crates.io-index --directory /dev/shm/trips',
    },
    argv,
  );
  const { index, directory } = values;
  if (index === undefined || directory === undefined)
    throw new UsageError('--index and --directory are needed');
  Object.assign(process.env, await prepare());
  mkdirSync(directory);
  await using t = new CleanUps();
  process.stdout.write(
    '| day | crate files | bytes | index lines, bytes | parcel, bytes | more | pack | unpack | answers |\n',
  );
  await makeTrips(t, { from: resolve(index), directory: resolve(directory), days: 5 }, (trip) =>
    process.stdout.write(rowOf(trip)),
  );
  return ExitCode.done;
});

function rowOf(trip: Trip): string {
  const { day, crateFiles, crateBytes, lineBytes, parcelBytes, packSeconds, unpackSeconds, served } = trip;
  const more = `${(100 * (parcelBytes / (crateBytes + lineBytes) - 1)).toFixed(1)} %`;
  const times = [packSeconds, unpackSeconds].map((seconds) => `${seconds.toFixed(1)} s`);
  return `| ${[day, crateFiles, crateBytes, lineBytes, parcelBytes, more, ...times, served].join(' | ')} |\n`;
}
