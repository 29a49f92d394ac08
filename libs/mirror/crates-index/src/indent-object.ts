import { linesModule } from './lines-module.ts';

/**
 * Indents the JSON object in `source` by two spaces a level, like `JSON.stringify`, but without its
 * last brace. Tokens are copied unchanged: numbers of any size, escapes, the order of keys and even
 * duplicate keys are kept, which a parser would lose. Levels deeper than sixteen are not indented
 * further.
 *
 * @param start of the object's first brace; the bytes up to `end` must be a JSON object no longer
 * than the maximum length of a line
 * @param sink called with the text, mostly once; the bytes are valid until it returns
 * @throws RangeError if the object is longer
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
