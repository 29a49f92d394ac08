export { crateUrls, parseCrateUrl } from './crate-url.ts';
export { LAYOUT_NAMES, type Layout, parseLayout } from './layout.ts';
export { checkMarker, HOME_DIRECTORY, type MirrorHome, mirrorHome, prepareHome } from './mirror-home.ts';
export { type CrateId, compileTemplate, hasMarkers, type Template } from './template.ts';
