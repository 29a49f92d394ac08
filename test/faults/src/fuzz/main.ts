import { ExitCode, parseCommand, runMain, wholeNumber } from '@crates-mirror/cli';
import { seededRandom } from '@crates-mirror/sampling';
import { Coverage } from './coverage.ts';
import { type FuzzResult, fuzzTarget } from './fuzzer.ts';
import { fuzzTargets, isOurs } from './targets.ts';

const GROUP = 'Fuzzing';

await runMain('fuzz', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'fuzz',
      version: '0.1.0',
      description:
        'Feeds what reads untrusted input with changed inputs that reach more and more of its code.',
      options: [
        {
          flags: '--seconds <n>',
          description: 'for each target',
          group: GROUP,
          default: '60',
          parse: wholeNumber(1),
        },
        {
          flags: '--seed <n>',
          description: 'of all choices',
          group: GROUP,
          default: '1',
          parse: wholeNumber(0),
        },
        { flags: '--target <name>', description: 'fuzz this one alone', group: GROUP },
      ],
      examples: 'Example:\n  npx nx run faults:fuzz -- --seconds 60',
    },
    argv,
  );
  const { seconds, seed, target: only } = values as { seconds: number; seed: number; target?: string };
  const coverage = new Coverage(isOurs);
  let hasCrashed = false;
  for (const target of await fuzzTargets()) {
    if (only !== undefined && target.name !== only) continue;
    const until = performance.now() + seconds * 1000;
    const result = await fuzzTarget(target, coverage, seededRandom(seed), () => performance.now() >= until);
    hasCrashed ||= result.crash !== undefined;
    process.stdout.write(report(target.name, result));
  }
  coverage.close();
  return hasCrashed ? ExitCode.failed : ExitCode.done;
});

function report(name: string, { executions, corpus, functions, crash }: FuzzResult): string {
  const counts = `${name}: ${executions.toLocaleString('en-US')} inputs, ${functions} functions, ${corpus.length} kept\n`;
  if (crash === undefined) return counts;
  const { input, error } = crash;
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${counts}  BROKEN by ${JSON.stringify(input.toString('latin1'))} (bytes as Latin-1)\n${told}\n`;
}
