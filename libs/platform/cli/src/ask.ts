/** Whether the user can be asked a question. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks a question on the terminal. Any answer but y or yes counts as no, and so does end of input.
 *
 * @param question ends in the possible answers: `Go on? [y/N] `
 * @param signal ends the question with no
 */
export async function ask(question: string, signal?: AbortSignal): Promise<boolean> {
  // Loaded lazily, since few runs ask a question.
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode Ctrl-C is an ordinary key, so it is passed on as a signal to the listeners.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new AbortController();
  terminal.on('close', () => ended.abort());
  try {
    const either = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    const answer = await terminal.question(question, { signal: either });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ABORT_ERR') throw error;
    process.stderr.write('\n');
    return false;
  } finally {
    terminal.close();
  }
}
