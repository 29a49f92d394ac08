export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { StatusLine, type TerminalStream } from './status-line.ts';
