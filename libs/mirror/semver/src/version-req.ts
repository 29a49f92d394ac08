import { isWithinBounds, meets, parseRequirement, type Requirement } from './requirement.ts';
import { parseVersion } from './version.ts';

/** A version requirement written by a person, with cargo's meaning. */
export class VersionReq {
  /** The original text. */
  readonly text: string;
  readonly #requirement: Requirement;

  private constructor(text: string, requirement: Requirement) {
    this.text = text;
    this.#requirement = requirement;
  }

  /** @returns undefined for a requirement that cargo rejects */
  static parse(text: string): VersionReq | undefined {
    const requirement = parseRequirement(text);
    return requirement && new VersionReq(text, requirement);
  }

  /** Whether cargo could choose this version for the requirement. */
  matches(version: string): boolean {
    return meets(parseVersion(version), this.#requirement);
  }

  /** Whether the version is within the bounds, including pre-releases by their precedence. */
  contains(version: string): boolean {
    return isWithinBounds(parseVersion(version), this.#requirement);
  }
}
