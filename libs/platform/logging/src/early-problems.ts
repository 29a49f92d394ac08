/** Keeps the problems that input shows before a run has anyone to report them to. */
export class EarlyProblems<Problem> {
  readonly #early: Problem[] = [];
  #onProblem: (problem: Problem) => void = (problem) => void this.#early.push(problem);

  readonly report = (problem: Problem): void => this.#onProblem(problem);

  /** Reports those that were kept, and all that come. */
  reportTo(onProblem: (problem: Problem) => void): void {
    this.#onProblem = onProblem;
    for (const problem of this.#early.splice(0)) onProblem(problem);
  }
}
