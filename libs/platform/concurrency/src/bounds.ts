/** Bounds for a limit, whatever is measured. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
  /** The limit at the start of a run. */
  readonly start: number;
}

/** Rounds a limit and clamps it to its bounds. */
export function clampLimit(limit: number, { least, most }: Pick<Bounds, 'least' | 'most'>): number {
  return Math.max(least, Math.min(most, Math.round(limit)));
}
