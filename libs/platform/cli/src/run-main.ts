import { describeError } from '@crates-mirror/errors';
import { exitCodeOf, isExpected, TextPrinted } from './command.ts';
import { asStarted } from './command-names.ts';
import { ExitCode } from './exit-code.ts';

/**
 * The one place where an error becomes a message and an exit code. Expected errors print one line;
 * a bug prints its stack, because a bug report needs it.
 *
 * @param main resolves to the exit code
 */
export async function runMain(name: string, main: (argv: string[]) => Promise<number>): Promise<void> {
  process.stdout.on('error', onStdoutError);
  // There is nowhere left to report this.
  process.stderr.on('error', () => {});
  try {
    const code = await main(process.argv.slice(2));
    // A failure to write to stdout has already set the exit code.
    process.exitCode ||= code;
  } catch (error) {
    if (error instanceof TextPrinted) {
      process.exitCode = error.exitCode;
      return;
    }
    const detail =
      isExpected(error) || !(error instanceof Error)
        ? asStarted(describeError(error))
        : `internal error: ${error.stack}`;
    process.stderr.write(`${name}: ${detail}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** `tool | head` closes our output early, which is not a failure; a full disk is one. */
function onStdoutError(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || process.exitCode === ExitCode.failed) return;
  process.stderr.write(`cannot write to stdout: ${describeError(error)}\n`);
  process.exitCode = ExitCode.failed;
}
