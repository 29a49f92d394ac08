/** The stream of a status line: stderr, or a substitute. */
export interface TerminalStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[K';
const FALLBACK_COLUMNS = 80;

/**
 * The only writer to stderr: whole lines scroll, with at most one status line below them that never
 * mixes with them. Without a terminal the status is dropped.
 */
export class StatusLine {
  readonly #stream: TerminalStream;
  #status = '';

  constructor(stream: TerminalStream = process.stderr) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /**
   * Characters available for a status. Some columns stay free, so that the `^C` echoed by a
   * terminal does not wrap it.
   */
  get width(): number {
    return (this.#stream.columns || FALLBACK_COLUMNS) - 4;
  }

  /** @param text one or more whole lines, with their newlines */
  writeLines(text: string): void {
    this.#stream.write(this.#status === '' ? text : `${CLEAR_LINE}${text}${this.#status}`);
  }

  /** Redraws the status; an empty text removes it. */
  setStatus(text: string): void {
    if (!this.isTerminal || (text === '' && this.#status === '')) return;
    this.#status = text.slice(0, this.width);
    this.#stream.write(`${CLEAR_LINE}${this.#status}`);
  }
}
