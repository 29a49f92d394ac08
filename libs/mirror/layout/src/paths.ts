/** Where crate files are, below a mirror's root and upstream, and no more: a thread that starts does not load the rest. */
export { crateUrls } from './crate-url.ts';
export { type Layout, parseLayout } from './layout.ts';
