/** Prints the final output of a run. */
export type Print = (text: string) => void;

export function toStdout(text: string): void {
  process.stdout.write(text);
}
