export { type Denials, DenyFile, NO_DENIALS } from './deny-file.ts';
export { canonicalName, Denylist, type DenyRule, describeDenial, NOTHING_DENIED } from './denylist.ts';
export { loadDenylist } from './load-denylist.ts';
export { parseDenylist } from './parse-denylist.ts';
