import { type Logger, pino } from 'pino';
import { StatusLine } from './status-line.ts';
import { formatAsText } from './text-format.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  /** The tool's name, a field of every JSON line. */
  readonly tool: string;
  readonly format: 'text' | 'json';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Where lines go [stderr]. */
  readonly output?: StatusLine;
}

/** A pino logger whose lines go through the status line, so that they never tear a progress bar. */
export function createLogger(options: LoggerOptions): Logger {
  const output = options.output ?? new StatusLine();
  const color = output.isTerminal && process.env['NO_COLOR'] === undefined;
  const write =
    options.format === 'json'
      ? (line: string) => output.writeLines(line)
      : (line: string) => output.writeLines(formatAsText(line, color));
  return pino({ level: options.level, base: { tool: options.tool } }, { write });
}
