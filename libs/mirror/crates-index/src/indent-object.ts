import { linesModule } from './lines-module.ts';

/**
 * Indents the JSON object in `source` by two spaces a level, as `JSON.stringify` does it, but for its last brace. Tokens are
 * copied as they stand: numbers of any size, escapes, the order of keys, even a key that comes twice are kept, which no parser
 * would do. What is nested more than sixteen deep is not indented further.
 *
 * @param start of its first brace; what is from there to `end` must be a JSON object, no longer than a line may be
 * @param sink gets the text, mostly at once: bytes that are good until it returns
 * @throws RangeError for one that is longer
 */
export function indentObject(
  source: Buffer,
  start: number,
  end: number,
  sink: (bytes: Buffer, from: number, to: number) => void,
): void {
  const { bytes, indent, indentedTo, depthThere, INPUT, MAX_INPUT, OUTPUT } = linesModule();
  if (end - start > MAX_INPUT) throw new RangeError(`an object of ${end - start} bytes is no index line`);
  source.copy(bytes, INPUT, start, end);
  const last = INPUT + end - start - 1;
  let at = INPUT;
  let depth = 0;
  while (at < last) {
    const length = indent(at, last, depth);
    sink(bytes, OUTPUT, OUTPUT + length);
    at = indentedTo.value;
    depth = depthThere.value;
  }
}
