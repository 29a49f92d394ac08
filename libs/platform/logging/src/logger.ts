import { createRequire } from 'node:module';
import type pino from 'pino';
import { LogFile } from './log-file.ts';
import { StatusLine } from './status-line.ts';
import { formatAsText } from './text-format.ts';

/** From the least to the most important. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

type Level = (typeof LEVELS)[number];

type LogMethod = (...line: [message: string] | [fields: object, message: string]) => void;

export interface Logger extends Readonly<Record<Level, LogMethod>> {
  /** Whether lines of a level are written: what is only for them need not be put together. */
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
 * A pino logger whose lines go through the status line, so that they never tear a progress bar. pino takes 11 ms to load:
 * that is done while a run's threads start, or at the first line logged. Not later, when a run may have used up the
 * files that may be open.
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
  let loaded: pino.Logger | undefined;
  const logger = (): pino.Logger => {
    loaded ??= loadPino()({ level: options.level, base: { tool: options.tool } }, { write });
    return loaded;
  };
  setImmediate(() => {
    try {
      logger();
    } catch {
      // Nobody has logged anything yet; the first line will try again.
    }
  });
  const isLevelEnabled = (level: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(options.level);
  const methodOf = (level: Level): LogMethod => {
    if (!isLevelEnabled(level)) return () => {};
    return (...line) => logger()[level](...(line as [object, string]));
  };
  return {
    debug: methodOf('debug'),
    info: methodOf('info'),
    warn: methodOf('warn'),
    error: methodOf('error'),
    isLevelEnabled,
  };
}

/** At once, as whoever logs does not wait. */
function loadPino(): typeof pino.pino {
  return (createRequire(import.meta.url)('pino') as { pino: typeof pino.pino }).pino;
}

function asItIs(line: string): string {
  return line;
}
