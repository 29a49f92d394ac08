import type { OptionSpec } from './command-spec.ts';
import { parseDuration, wholeNumber } from './values.ts';

/** The help's heading for the options below. */
export const LOGGING_GROUP = 'Logging and progress';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

export const LOG_FORMAT = {
  flags: '--log-format <format>',
  description: 'format of log lines',
  group: LOGGING_GROUP,
  default: 'text',
  choices: ['text', 'json'],
} as const satisfies OptionSpec;

export const LOG_LEVEL = {
  flags: '--log-level <level>',
  description: 'lowest level to log',
  group: LOGGING_GROUP,
  default: 'info',
  choices: ['debug', 'info', 'warn', 'warning', 'error'],
  // Other tools call `warn` `warning`.
  parse: (level) => LEVELS.find((one) => one === level) ?? 'warn',
} as const satisfies OptionSpec;

export const PROGRESS_INTERVAL = {
  flags: '--progress-interval <time>',
  description: 'interval between progress lines in the log (0: none)',
  group: LOGGING_GROUP,
  default: '0',
  parse: parseDuration,
} as const satisfies OptionSpec;

export const PROGRESS_EVERY = {
  flags: '--progress-every <n>',
  description: 'log a progress line every n files (0: never)',
  group: LOGGING_GROUP,
  default: '0',
  parse: wholeNumber(0),
} as const satisfies OptionSpec;

/** The options of every tool, with the same meaning everywhere. */
export const SHARED_OPTIONS = [LOG_FORMAT, LOG_LEVEL, PROGRESS_INTERVAL, PROGRESS_EVERY] as const;

export interface SharedOptions {
  readonly logFormat: 'text' | 'json';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** ms; 0 disables it */
  readonly progressInterval: number;
  /** items; 0 disables it */
  readonly progressEvery: number;
}
