export { parseRequirement, type Requirement } from './requirement.ts';
export { compareVersions, isPreRelease } from './version.ts';
