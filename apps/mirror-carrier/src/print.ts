/** Takes the text that a run ends with. */
export type Print = (text: string) => void;

export function toStdout(text: string): void {
  process.stdout.write(text);
}
