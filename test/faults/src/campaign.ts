import { ExitCode, parseCommand, runMain, wholeNumber } from '@crates-mirror/cli';
import { prepare } from '@crates-mirror/e2e/prepare-tests';
import { UsageError } from '@crates-mirror/errors';
import { runChapter } from './campaign-run.ts';
import { CHAPTERS, MOUNTING_CHAPTERS } from './chapters.ts';
import { reportOf } from './report.ts';

const GROUP = 'Campaign';
const ALL = [...CHAPTERS, ...MOUNTING_CHAPTERS];

function prefixOfChapter(text: string): string {
  if (ALL.some(({ name }) => name.startsWith(text))) return text;
  throw new UsageError(`'${text}' is not the beginning of ${ALL.map(({ name }) => name).join(', ')}`);
}

await runMain('faults', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'faults',
      version: '0.1.0',
      description: 'Runs the tools amid faults, and checks after each round what they promise.',
      options: [
        {
          flags: '--seed <n>',
          description: 'of the first round',
          group: GROUP,
          default: '1',
          parse: wholeNumber(0),
        },
        {
          flags: '--rounds <n>',
          description: 'of each chapter',
          group: GROUP,
          default: '20',
          parse: wholeNumber(1),
        },
        {
          flags: '--chapter <name>',
          description: 'run this chapter alone, or those whose names begin so',
          group: GROUP,
          parse: prefixOfChapter,
        },
      ],
      examples: 'Example:\n  npx nx run faults:campaign -- --seed 1 --rounds 100',
    },
    argv,
  );
  const { seed, rounds, chapter: only = '' } = values as { seed: number; rounds: number; chapter?: string };
  if (process.env['CRATES_MIRROR_TESTED_PROGRAMS'] === undefined)
    Object.assign(process.env, await prepare('.nx/programs-of-faults'));
  let areAllKept = true;
  for (const chapter of ALL) {
    if (!chapter.name.startsWith(only)) continue;
    const result = await runChapter(chapter, seed, rounds, (of, violation) =>
      process.stderr.write(`${chapter.name}, seed ${of}: ${violation === undefined ? 'kept' : 'BROKEN'}\n`),
    );
    areAllKept &&= result.violations.length === 0;
    process.stdout.write(reportOf(result));
  }
  return areAllKept ? ExitCode.done : ExitCode.failed;
});
