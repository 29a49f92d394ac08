/** The exit codes of all tools. */
export const ExitCode = {
  /** Everything succeeded. */
  done: 0,
  /** The run finished, but something failed; every failure is recorded and counted. */
  failed: 1,
  /** Wrong usage or input: reported in one line, and nothing was touched. */
  usage: 2,
  /** Stopped cleanly by SIGINT or SIGTERM. */
  interrupted: 130,
} as const;
