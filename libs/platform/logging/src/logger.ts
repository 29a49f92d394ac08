import { type Logger, pino } from 'pino';
import { LogFile } from './log-file.ts';
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
  /** A file that gets every line too, at its end. */
  readonly file?: string | undefined;
}

/**
 * A pino logger whose lines go through the status line, so that they never tear a progress bar.
 *
 * @throws UsageError when the file cannot be written to
 */
export function createLogger(options: LoggerOptions): Logger {
  const output = options.output ?? new StatusLine();
  const color = output.isTerminal && process.env['NO_COLOR'] === undefined;
  const format = options.format === 'json' ? asItIs : formatAsText;
  const file = options.file === undefined ? undefined : new LogFile(options.file);
  const write = (line: string): void => {
    output.writeLines(format(line, color));
    file?.append(format(line, false));
  };
  return pino({ level: options.level, base: { tool: options.tool } }, { write });
}

function asItIs(line: string): string {
  return line;
}
