/** The part of the package that command lines need. */

export { isNarrow, isPlain, NO_RULES, needsAge, type SelectionRules } from './model/rules.ts';
export {
  type RawSelection,
  selectionFiles,
  selectionRules,
  selectionRulesIfGiven,
} from './options/command-line.ts';
export { type Asked, EXPLAIN } from './options/explain-option.ts';
export { SELECTION_OPTIONS } from './options/option-table.ts';
