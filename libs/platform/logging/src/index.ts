export { EarlyProblems } from './early-problems.ts';
export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { problemReporter } from './problem-reporter.ts';
export { StatusLine, type TerminalStream } from './status-line.ts';
