/** Runs actions while others are prepared, several at a time. */
export class Tasks {
  readonly #concurrency: number;
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Begins an action, once there is room for it. @throws the error of an earlier one */
  async begin(act: () => Promise<void>): Promise<void> {
    while (this.#underWay.size >= this.#concurrency) await Promise.race(this.#underWay);
    this.#throwFailure();
    const task = act()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(task));
    this.#underWay.add(task);
  }

  /** Waits for all actions. @throws the error of the first that failed */
  async finish(): Promise<void> {
    await Promise.all(this.#underWay);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
