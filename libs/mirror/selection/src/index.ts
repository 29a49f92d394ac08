export { type Chosen, ChosenTable } from './chosen-table.ts';
export { type Decision, describeReason, isoTime, type Reason } from './decision.ts';
export { type DependencyVersions, isPlain, NO_RULES, type SelectionRules } from './rules.ts';
export { Selection } from './selection.ts';
export { plainSelection, type SelectionData, type Selector, selectorOf } from './selector.ts';
