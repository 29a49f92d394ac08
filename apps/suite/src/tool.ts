import { ExitCode, runMain, SUITE, startedAsSuite, VERSION } from '@crates-mirror/cli';
import { findWord } from './find-word.ts';
import { mapOfCommands } from './map.ts';
import { START } from './start.ts';
import type { Word } from './words.ts';

startedAsSuite();
const [, , first, ...rest] = process.argv;
let word: Word | undefined;
await runMain(SUITE, async () => {
  if (first === undefined) {
    process.stderr.write(mapOfCommands());
    return ExitCode.usage;
  }
  if (first === '--version') return print(`${SUITE} ${VERSION}\n`);
  const isHelp = ['help', '--help', '-help', '-h'].includes(first);
  if (isHelp && rest[0] === undefined) return print(mapOfCommands());
  word = findWord(isHelp ? (rest[0] as string) : first);
  process.argv.splice(2, 1 + (isHelp ? rest.length : 0), ...argumentsOf(word, isHelp));
  return ExitCode.done;
});
// The tool has its own errors and exit codes.
if (word !== undefined) await START[word.word]();

function argumentsOf({ subcommand }: Word, isHelp: boolean): string[] {
  return [...(subcommand === undefined ? [] : [subcommand]), ...(isHelp ? ['--help'] : [])];
}

function print(text: string): number {
  process.stdout.write(text);
  return ExitCode.done;
}
