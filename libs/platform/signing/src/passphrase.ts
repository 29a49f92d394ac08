import { ExitCode } from '@crates-mirror/cli';
import { readGivenFile } from '@crates-mirror/cli/given-file';
import { UsageError } from '@crates-mirror/errors';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = ['\u007f', '\b'];

/** The first line of a file. @throws UsageError */
export function readPassphrase(path: string): string {
  const text = readGivenFile('--gpgkey-passphrase-file', path).toString('utf8');
  return text.replace(/\r?\n.*$/s, '');
}

/**
 * Prompts on the terminal without echo. Ctrl-C, an ordinary key in this mode, ends the process.
 *
 * @returns undefined when there is no terminal
 * @throws UsageError when the input ends without one
 */
export async function askPassphrase(prompt: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  // Otherwise input typed right after the prompt would be echoed, and Ctrl-C would be a signal.
  stdin.setRawMode(true);
  stderr.write(prompt);
  stdin.setEncoding('utf8');
  try {
    let typed = '';
    for await (const characters of stdin.iterator({ destroyOnReturn: false })) {
      for (const character of characters as string) {
        if (character === '\r' || character === '\n') return typed;
        if (character === CTRL_C) {
          stderr.write('\n');
          process.exit(ExitCode.interrupted);
        }
        if (character === CTRL_D) throw new UsageError('no passphrase was given: nothing was touched');
        typed = BACKSPACES.includes(character) ? typed.slice(0, -1) : typed + character;
      }
    }
    return typed;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
