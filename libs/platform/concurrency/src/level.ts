/** What so many requests at once bring. */
export interface Level {
  readonly limit: number;
  /** files/s */
  readonly throughput: number;
}

/**
 * What more requests have to bring to be worth it: for each percent more of them, this much of a percent. With 1/2, {@link utility}
 * would be Kleinrock's power ("Power and deterministic rules of thumb for probabilistic problems in computer communications",
 * ICC 1979), which wants short latencies as much as throughput. A mirror wants throughput.
 */
export const WORTH = 0.15;

/** Throughput, less what is paid for it in requests at once; as a logarithm. */
export function utility({ limit, throughput }: Level): number {
  return Math.log(throughput) - WORTH * Math.log(limit);
}

export function better(one: Level, other: Level): Level {
  return utility(other) > utility(one) ? other : one;
}
