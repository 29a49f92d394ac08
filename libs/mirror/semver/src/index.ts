export { isWithinBounds, meets, parseRequirement, type Requirement } from './requirement.ts';
export {
  compareVersions,
  compareVersionTexts,
  compatibleRange,
  isPreRelease,
  parseVersion,
  type Version,
} from './version.ts';
export { VersionReq } from './version-req.ts';
