/** The part of the package that command lines need. */
export { type RawSelection, selectionFiles, selectionRules, selectionRulesIfGiven } from './command-line.ts';
export { type Asked, EXPLAIN } from './explain-option.ts';
export { SELECTION_OPTIONS } from './option-table.ts';
export { isNarrow, isPlain, NO_RULES, needsAge, type SelectionRules } from './rules.ts';
