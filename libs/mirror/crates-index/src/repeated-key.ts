/**
 * The first of `keys` that occurs more than once in an object, including escaped spellings. Keys of
 * nested objects do not count.
 *
 * @param json the object, as text that `JSON.parse` accepts
 */
export function repeatedKey(json: string, keys: ReadonlySet<string>): string | undefined {
  const met = new Set<string>();
  for (const key of ownKeys(json)) {
    if (!keys.has(key)) continue;
    if (met.has(key)) return key;
    met.add(key);
  }
  return undefined;
}

function* ownKeys(json: string): Generator<string> {
  let depth = 0;
  let isKeyNext = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
      case '[':
        depth += 1;
        isKeyNext = true;
        break;
      case '}':
      case ']':
        depth -= 1;
        break;
      case ',':
        isKeyNext = true;
        break;
      case ':':
        isKeyNext = false;
        break;
      case '"': {
        const end = stringEnd(json, at + 1);
        if (depth === 1 && isKeyNext) yield String(JSON.parse(json.slice(at, end)));
        at = end - 1;
      }
    }
  }
}

/** The end of a string, after its closing quote. `start` is just after its opening quote. */
function stringEnd(json: string, start: number): number {
  let at = start;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
