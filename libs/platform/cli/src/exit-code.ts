/** The exit codes every tool keeps. */
export const ExitCode = {
  /** All done. */
  done: 0,
  /** Ran, but something failed; every failure is recorded and counted. */
  failed: 1,
  /** Wrong usage or input, one line said so, nothing was touched. */
  usage: 2,
  /** Stopped by SIGINT or SIGTERM, cleanly. */
  interrupted: 130,
} as const;
