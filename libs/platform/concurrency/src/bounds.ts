/** Where a limit may be, whatever is measured. */
export interface Bounds {
  readonly least: number;
  readonly most: number;
  /** What a run begins with. */
  readonly start: number;
}

/** A limit within its bounds, as a whole number. */
export function clampLimit(limit: number, { least, most }: Pick<Bounds, 'least' | 'most'>): number {
  return Math.max(least, Math.min(most, Math.round(limit)));
}
