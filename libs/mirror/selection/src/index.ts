export { Selection } from './decide/selection.ts';
export { type Chosen, ChosenTable } from './model/chosen-table.ts';
export { type Decision, describeReason, isoTime, type Reason } from './model/decision.ts';
export { type DependencyVersions, isPlain, NO_RULES, type SelectionRules } from './model/rules.ts';
export { plainSelection, type SelectionData, type Selector, selectorOf } from './selector.ts';
