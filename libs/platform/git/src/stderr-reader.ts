import { StringDecoder } from 'node:string_decoder';
import { oneLine } from '@crates-mirror/errors';

const PROGRESS = /^(?:remote: )?[A-Z][A-Za-z ]+: +(?:\d+% \(\d+\/\d+\)|\d+)(?:,|$)/;
/**
 * characters. The most that is kept of git's messages: enough for any error, whatever a remote
 * writes.
 */
const MAX_KEPT = 16_384;

/** Separates progress from messages in git's stderr: both end in a carriage return or a newline. */
export class StderrReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onProgress: (line: string) => void;
  #rest = '';
  #said = '';

  constructor(onProgress: (line: string) => void) {
    this.#onProgress = onProgress;
  }

  read(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/[\r\n]/);
    this.#rest = (lines.pop() as string).slice(-MAX_KEPT);
    for (const line of lines) this.#take(line);
  }

  /** The messages, one per line. */
  end(): string {
    this.#take(this.#rest);
    this.#rest = '';
    return this.#said.trim();
  }

  #take(line: string): void {
    // git clears the rest of the terminal line after a message from the remote.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what ends it
    const text = line.replace(/\u001b\[K/g, '').trimEnd();
    // It is shown on a terminal, and partly written by the remote.
    if (PROGRESS.test(text)) this.#onProgress(oneLine(text));
    else if (text !== '') this.#said = `${this.#said}${text}\n`.slice(-MAX_KEPT);
  }
}
