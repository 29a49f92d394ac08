import { describeError } from '@crates-mirror/errors';
import { exitCodeOf, isExpected, TextPrinted } from './command.ts';
import { ExitCode } from './exit-code.ts';

/**
 * The one place where an error becomes a message and an exit code. Expected errors print one line; a bug prints its
 * stack, because that is what a report needs.
 *
 * @param main resolves to the exit code
 */
export async function runMain(name: string, main: (argv: string[]) => Promise<number>): Promise<void> {
  ignoreClosedPipe(process.stdout);
  ignoreClosedPipe(process.stderr);
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (error instanceof TextPrinted) {
      process.exitCode = ExitCode.done;
      return;
    }
    const detail =
      isExpected(error) || !(error instanceof Error)
        ? describeError(error)
        : `internal error: ${error.stack}`;
    process.stderr.write(`${name}: ${detail}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** `tool | head` closes our output early: that must not look like a crash. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
