import { createRequire } from 'node:module';
import type pino from 'pino';
import { LogFile } from './log-file.ts';
import { StatusLine } from './status-line.ts';
import { formatAsText } from './text-format.ts';

/** In order of increasing severity. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

type Level = (typeof LEVELS)[number];

type LogMethod = (...line: [message: string] | [fields: object, message: string]) => void;

export interface Logger extends Readonly<Record<Level, LogMethod>> {
  /** Whether a level is logged, to avoid computing unused messages. */
  isLevelEnabled(level: Level): boolean;
}

export interface LoggerOptions {
  /** The tool's name, a field of every JSON line. */
  readonly tool: string;
  readonly format: 'text' | 'json';
  readonly level: Level;
  /** Where lines go [stderr]. */
  readonly output?: StatusLine;
  /** A file to which every line is appended. */
  readonly file?: string | undefined;
}

/**
 * A pino logger whose lines go through the status line, so that they never tear a progress bar.
 * pino takes 11 ms to load, which happens while a run's threads start, or at the first logged line.
 * Not later, since a run may then have used up its file handles.
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
      // Nothing has been logged yet; the first line tries again.
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

/** Synchronous, because logging is. */
function loadPino(): typeof pino.pino {
  return (createRequire(import.meta.url)('pino') as { pino: typeof pino.pino }).pino;
}

function asItIs(line: string): string {
  return line;
}
