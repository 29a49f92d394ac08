import { isWithinBounds, meets, parseRequirement, type Requirement } from './requirement.ts';
import { parseVersion } from './version.ts';

/** A version requirement that was written by a person, with the meaning that cargo gives it. */
export class VersionReq {
  /** As it was written. */
  readonly text: string;
  readonly #requirement: Requirement;

  private constructor(text: string, requirement: Requirement) {
    this.text = text;
    this.#requirement = requirement;
  }

  /** @returns undefined for what cargo refuses */
  static parse(text: string): VersionReq | undefined {
    const requirement = parseRequirement(text);
    return requirement && new VersionReq(text, requirement);
  }

  /** Whether cargo could choose this version for the requirement. */
  matches(version: string): boolean {
    return meets(parseVersion(version), this.#requirement);
  }

  /** Whether the version lies within the bounds, pre-releases by their precedence too. */
  contains(version: string): boolean {
    return isWithinBounds(parseVersion(version), this.#requirement);
  }
}
