export { checkHasBundles, checkNotBundled, forgetBundles, rememberBundles } from './bundled-mirror.ts';
export { crateUrls, parseCratePath, parseCrateUrl } from './crate-url.ts';
export { parseCratesBaseUrl } from './crates-base-url.ts';
export { notThere, requireExisting, requireMirror } from './existing-mirror.ts';
export { hasNoFiles } from './has-no-files.ts';
export { CLONER_RETRY_FILE, HOME_DIRECTORY } from './home-directory.ts';
export { type HomeHolder, homeHolder } from './home-holder.ts';
export { readLastSuccess, rememberSuccess } from './last-success.ts';
export { LAYOUT_NAMES, type Layout, parseLayout } from './layout.ts';
export { checkMemberPath } from './member-path.ts';
export {
  CARRIED_FILES,
  checkLayout,
  checkMarker,
  heldMirror,
  layoutIn,
  lockHome,
  type MirrorHome,
  markerText,
  mirrorHome,
  prepareHome,
  readLayout,
} from './mirror-home.ts';
export {
  oldestVerification,
  readScrubTimes,
  SCRUB_PARTS,
  type ScrubTimes,
  scrubPartOf,
  writeScrubTimes,
} from './scrub-state.ts';
export type { CrateId, Template } from './template.ts';
