import { ROW_BYTES, ROWS } from './memory';
import { END, FLAGS, OTHER_FIELDS, READ, SAME_NAME, START, VERSION, VERSION_END } from './row';

/** Bytes. Any line of this length takes at most half of the output when indented. */
const MAX_REGULAR: i32 = 1 << 17;

/**
 * Whether the last `scan`, which found `count` rows, read all of them, they are all of one crate,
 * each version occurs once, no field is unknown to cargo, and no line is so long that it might have
 * to be indented in parts.
 */
export function isRegular(count: i32): bool {
  const end: usize = ROWS + count * ROW_BYTES;
  for (let row: usize = ROWS; row < end; row += ROW_BYTES) {
    const flags = load<i32>(row, FLAGS) & (READ | OTHER_FIELDS | SAME_NAME);
    if (flags !== (row === ROWS ? READ : READ | SAME_NAME) || isRepeated(row)) return false;
    if (load<i32>(row, END) - load<i32>(row, START) > MAX_REGULAR) return false;
  }
  return true;
}

/**
 * Whether an earlier row has the same version. The last bytes are compared first, because they
 * mostly differ.
 */
function isRepeated(row: usize): bool {
  const version: usize = load<i32>(row, VERSION);
  const last: usize = load<i32>(row, VERSION_END) - 1;
  const byte = load<u8>(last);
  for (let other: usize = ROWS; other < row; other += ROW_BYTES) {
    const otherLast: usize = load<i32>(other, VERSION_END) - 1;
    if (load<u8>(otherLast) !== byte) continue;
    const start: usize = load<i32>(other, VERSION);
    if (otherLast - start === last - version && memory.compare(start, version, last - version) === 0)
      return true;
  }
  return false;
}
