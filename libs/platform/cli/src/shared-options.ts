import type { OptionSpec } from './command-spec.ts';
import { parseDuration, wholeNumber } from './values.ts';

/** The help's heading for the options below. */
export const LOGGING_GROUP = 'Logging and progress';

/** `warning` is what other tools call `warn`. */
export const LOG_LEVEL: OptionSpec = {
  flags: '--log-level <level>',
  description: 'least severe level that is logged',
  group: LOGGING_GROUP,
  default: 'info',
  choices: ['debug', 'info', 'warn', 'warning', 'error'],
  parse: (level) => (level === 'warning' ? 'warn' : level),
};

/** The options that every tool has, with one meaning everywhere. */
export const SHARED_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--log-format <format>',
    description: 'log lines for people or for machines',
    group: LOGGING_GROUP,
    default: 'text',
    choices: ['text', 'json'],
  },
  LOG_LEVEL,
  {
    flags: '--progress-interval <time>',
    description: 'log a progress line this often (0: never)',
    group: LOGGING_GROUP,
    default: '0',
    parse: parseDuration,
  },
  {
    flags: '--progress-every <n>',
    description: 'log a progress line every n files (0: never)',
    group: LOGGING_GROUP,
    default: '0',
    parse: wholeNumber(0),
  },
];

export interface SharedOptions {
  readonly logFormat: 'text' | 'json';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** ms; 0 is never */
  readonly progressInterval: number;
  /** items; 0 is never */
  readonly progressEvery: number;
}
