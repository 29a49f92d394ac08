import { createRequire } from 'node:module';
import type { LogFn, Logger as Pino } from 'pino';
import { LogFile } from './log-file.ts';
import { StatusLine } from './status-line.ts';
import { formatAsText } from './text-format.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];

/** As much of pino's as the tools use. */
export interface Logger extends Pick<Pino, Level> {
  isLevelEnabled(level: Level): boolean;
}

export interface LoggerOptions {
  /** The tool's name, a field of every JSON line. */
  readonly tool: string;
  readonly format: 'text' | 'json';
  readonly level: Level;
  /** Where lines go [stderr]. */
  readonly output?: StatusLine;
  /** A file that gets every line too, at its end. */
  readonly file?: string | undefined;
}

/**
 * A pino logger whose lines go through the status line, so that they never tear a progress bar. pino is loaded with the first
 * line: it takes 8 ms, and most runs have nothing to say.
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
  const isLevelEnabled = (level: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(options.level);
  let loaded: Pino | undefined;
  const at = (level: Level): LogFn => {
    return (...line: unknown[]): void => {
      if (!isLevelEnabled(level)) return;
      loaded ??= loadPino()({ level: options.level, base: { tool: options.tool } }, { write });
      loaded[level](...(line as Parameters<LogFn>));
    };
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), isLevelEnabled };
}

function loadPino(): typeof import('pino')['pino'] {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  return pino;
}

function asItIs(line: string): string {
  return line;
}
