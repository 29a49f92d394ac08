/** Whether there is somebody to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks on the terminal. Anything but y or yes is a no, and so is the end of input.
 *
 * @param question ends in what may be typed: `Go on? [y/N] `
 * @param signal ends the question, as a no
 */
export async function ask(question: string, signal?: AbortSignal): Promise<boolean> {
  // Few runs ask anything.
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // In raw mode Ctrl-C is a key like any other: what it means is for those who listen for the signal.
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
