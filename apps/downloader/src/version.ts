/** The suite's version; a test compares it with package.json. */
export const VERSION = '0.1.0';

/** What the User-Agent says where nothing else is told. */
export const TOOL = `crates-mirror/${VERSION}`;
