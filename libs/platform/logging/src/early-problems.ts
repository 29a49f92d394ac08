/** Buffers problems of the input until a run can report them. */
export class EarlyProblems<Problem> {
  readonly #early: Problem[] = [];
  #onProblem: (problem: Problem) => void = (problem) => void this.#early.push(problem);

  readonly report = (problem: Problem): void => this.#onProblem(problem);

  /** Reports the buffered problems, and all later ones. */
  reportTo(onProblem: (problem: Problem) => void): void {
    this.#onProblem = onProblem;
    for (const problem of this.#early.splice(0)) onProblem(problem);
  }
}
