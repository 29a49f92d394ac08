import { StringDecoder } from 'node:string_decoder';
import { oneLine } from '@crates-mirror/errors';

const PROGRESS = /^(?:remote: )?[A-Z][A-Za-z ]+: +(?:\d+% \(\d+\/\d+\)|\d+)(?:,|$)/;
/** What is kept of git's messages: enough for any error, whatever a remote writes. characters */
const MAX_KEPT = 16_384;

/** Tells progress from messages in what git writes to stderr: both end in a carriage return or a newline. */
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

  /** The messages, one a line. */
  end(): string {
    this.#take(this.#rest);
    this.#rest = '';
    return this.#said.trim();
  }

  #take(line: string): void {
    // A terminal is cleared to the end of the line after what a remote says.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what ends it
    const text = line.replace(/\u001b\[K/g, '').trimEnd();
    // It goes to a terminal, and the remote has a say in it.
    if (PROGRESS.test(text)) this.#onProgress(oneLine(text));
    else if (text !== '') this.#said = `${this.#said}${text}\n`.slice(-MAX_KEPT);
  }
}
