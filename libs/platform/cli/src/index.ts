export { ask, canAsk } from './ask.ts';
export { parseByteRate } from './byte-rate.ts';
export { byteSize, type SizeBounds } from './byte-size.ts';
export { type ParsedCommand, parseCommand, TextPrinted } from './command.ts';
export {
  asStarted,
  COMMAND_NAMES,
  type CommandWord,
  commandLine,
  SUITE,
  startedAsSuite,
} from './command-names.ts';
export type { CommandSpec, OptionSpec } from './command-spec.ts';
export { ExitCode } from './exit-code.ts';
export { isLocal } from './local-paths.ts';
export { type Given, type OptionValues, repeatable, valueName } from './option-values.ts';
export { runMain } from './run-main.ts';
export {
  LOG_FORMAT,
  LOG_LEVEL,
  LOGGING_GROUP,
  PROGRESS_EVERY,
  PROGRESS_INTERVAL,
  SHARED_OPTIONS,
  type SharedOptions,
} from './shared-options.ts';
export { listenForShutdown, type Shutdown, shutdownSignals } from './signals.ts';
export { parseDuration, parseTimeLimit, wholeNumber } from './values.ts';
export { VERSION } from './version.ts';
