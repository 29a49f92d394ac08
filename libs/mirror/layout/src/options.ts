/** Only what command lines need to parse options, so that `--help` does not load the rest. */
export { parseCratesBaseUrl } from './crates-base-url.ts';
export { OWN_DIRECTORY } from './home-directory.ts';
export { LAYOUT_NAMES, parseLayout } from './layout.ts';
export { parsePublicUrl } from './public-url.ts';
