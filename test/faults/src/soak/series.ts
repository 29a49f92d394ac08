/** One quantity of a process over time. */
export interface Series {
  readonly name: 'live memory' | 'resident memory' | 'descriptors' | 'threads';
  /** Of its values; empty for counts */
  readonly unit: 'MB' | '';
  readonly points: readonly Point[];
}

export interface Point {
  /** Seconds since the start of the load */
  readonly at: number;
  readonly value: number;
}
