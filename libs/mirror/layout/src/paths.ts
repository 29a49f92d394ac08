/** Only the paths and URLs of crate files, so that a starting thread does not load the rest. */
export { crateUrls } from './crate-url.ts';
export { type Layout, parseLayout } from './layout.ts';
export type { CrateId } from './template.ts';
