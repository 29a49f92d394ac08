/** Why versions are dependencies: by version, the requirement by which it was first reached. */
export class Reasons {
  /** By pair of crate and requirement, the version that has this dependency. */
  readonly #dependents = new Map<number, number>();
  /** By version, the pair of crate and requirement. */
  readonly #requirements = new Map<number, number>();

  /** @param dependent pair of crate and place. @param dependency pair of crate and requirement */
  depends(dependent: number, dependency: number): void {
    if (!this.#dependents.has(dependency)) this.#dependents.set(dependency, dependent);
  }

  /** @param version pair of crate and place */
  reached(version: number, dependency: number): void {
    this.#requirements.set(version, dependency);
  }

  /** @returns undefined for a root and for a version that was not reached */
  of(version: number): { readonly dependent: number; readonly dependency: number } | undefined {
    const dependency = this.#requirements.get(version);
    const dependent = dependency === undefined ? undefined : this.#dependents.get(dependency);
    return dependency === undefined || dependent === undefined ? undefined : { dependent, dependency };
  }
}
