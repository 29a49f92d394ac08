import { ExitCode, VERSION } from '@crates-mirror/cli';
import { isSimilar } from '@crates-mirror/cli/edit-distance';
import { UsageError } from '@crates-mirror/errors';
import { COMMANDS } from '../commands.ts';
import { EXIT_CODES, PROGRAM } from './shared.ts';

/**
 * Handles command lines that do not begin with a command.
 *
 * @returns the exit code
 * @throws UsageError for an unknown command
 */
export function answerWithoutCommand(word: string | undefined): number {
  if (word === undefined) {
    process.stderr.write(map());
    return ExitCode.usage;
  }
  if (word === '--version') process.stdout.write(`${PROGRAM} ${VERSION}\n`);
  else if (['help', '--help', '-help', '-h'].includes(word)) process.stdout.write(map());
  else throw unknown(word);
  return ExitCode.done;
}

function unknown(word: string): UsageError {
  const words = COMMANDS.map(wordOf);
  const meant = words.find((one) => isSimilar(word, one));
  const advice = meant === undefined ? `There are ${words.join(', ')}.` : `Did you mean ${meant}?`;
  return new UsageError(`'${word}' is not a command of ${PROGRAM}`, { hint: `${advice} See --help` });
}

function wordOf({ name }: { readonly name: string }): string {
  return name.slice(PROGRAM.length + 1);
}

function map(): string {
  const lines = COMMANDS.map((command) => `  ${wordOf(command).padEnd(8)}${command.description}`);
  return `Usage: ${PROGRAM} COMMAND [options]

Carries what has changed in a mirror across an air gap, as signed parcels.

Commands:
${lines.join('\n')}

Options:
  --version  print the version
  -h, --help  print this help; ${PROGRAM} COMMAND --help lists its options

${EXIT_CODES}
`;
}
