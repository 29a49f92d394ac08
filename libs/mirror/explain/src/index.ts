export { type ExplainOptions, explainCrate } from './explain-crate.ts';
export { type HeldFiles, heldSizes } from './held-sizes.ts';
