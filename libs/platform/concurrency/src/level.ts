/** The throughput at a number of concurrent requests. */
export interface Level {
  readonly limit: number;
  /** files/s */
  readonly throughput: number;
}

/**
 * Minimum gain of additional requests: for each percent more of them, throughput must grow by this
 * share of a percent. With 1/2, {@link utility} would be Kleinrock's power ("Power and
 * deterministic rules of thumb for probabilistic problems in computer communications", ICC 1979),
 * which weighs short latencies as much as throughput. A mirror wants throughput.
 */
export const WORTH = 0.15;

/** Throughput minus the cost of its concurrent requests, as a logarithm. */
export function utility({ limit, throughput }: Level): number {
  return Math.log(throughput) - WORTH * Math.log(limit);
}

export function better(one: Level, other: Level): Level {
  return utility(other) > utility(one) ? other : one;
}
