/** Assigns numbers to frequently repeated texts: version numbers, requirements, paths. */
export class Interned<T> {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #values: T[] = [];
  readonly #read: (text: string) => T;

  /** @param read called once for each text */
  constructor(read: (text: string) => T) {
    this.#read = read;
  }

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.length;
    this.#numbers.set(text, number);
    this.#texts.push(text);
    this.#values.push(this.#read(text));
    return number;
  }

  textOf(number: number): string {
    return this.#texts[number] as string;
  }

  valueOf(number: number): T {
    return this.#values[number] as T;
  }
}
