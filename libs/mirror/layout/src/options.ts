/** What command lines need to read their options, and no more: `--help` does not wait for the rest of this library. */
export { parseCratesBaseUrl } from './crates-base-url.ts';
export { OWN_DIRECTORY } from './home-directory.ts';
export { LAYOUT_NAMES, parseLayout } from './layout.ts';
