import type { Reason } from '@crates-mirror/selection';
import type { ReasonCounts } from '@crates-mirror/selection/reason-counts';

type Rule = Reason['rule'];
type Row = (label: string, count: number, note: string) => string;

/** Rows for what each rule selects, in order of interest. */
const SELECTED: readonly (readonly [rule: Rule, note: string])[] = [
  ['everything', 'as every crate is'],
  ['include', 'by --include'],
  ['names', 'by --names'],
  ['cargo-lock', 'by --cargo-lock'],
  ['deps', 'by --deps, as dependencies'],
];
/** Rows for the files that are excluded from the surveyed crates. */
const LEFT_OUT: readonly (readonly [rule: Rule, note: string])[] = [
  ['denied', 'by --deny'],
  ['exclude', 'by --exclude'],
  ['not-named', 'of crates that nothing selects'],
  ['not-needed', 'as other versions of their crates are needed'],
  ['yanked', 'yanked'],
  ['latest', 'by --latest'],
  ['min-age', 'too young for --min-age'],
  ['newer-than', 'too old for --newer-than'],
  ['max-size', 'larger than --max-size, as far as sizes are known'],
  ['min-age-unknown', 'of unknown age (--min-age-unknown deny)'],
];

/** Rows with the number of versions in the index, by the rule that decided. */
export function selectionRows(reasons: ReasonCounts, row: Row): string[] {
  const rows = (label: string, rules: typeof SELECTED): string[] =>
    rules
      .filter(([rule]) => (reasons[rule] ?? 0) > 0)
      .map(([rule, note], i) => row(i === 0 ? label : '', reasons[rule] ?? 0, note));
  return [...rows('selected', SELECTED), ...rows('left out', LEFT_OUT)];
}

export function selectionJson(reasons: ReasonCounts): object {
  if (Object.keys(reasons).length === 0) return { selected_by: null, left_out_by: null };
  const counts = (rules: typeof SELECTED) =>
    Object.fromEntries(
      rules.flatMap(([rule]) => (reasons[rule] === undefined ? [] : [[rule, reasons[rule]]])),
    );
  return { selected_by: counts(SELECTED), left_out_by: counts(LEFT_OUT) };
}
