import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  quotesAndBackslashes,
  SPACE,
} from './bytes';
import { MAX_OUTPUT, OUTPUT, SLACK } from './memory';

/** Maximum depth of indents, so that a hostile line cannot become terabytes of spaces. */
const DEEPEST_INDENT: i32 = 16;
/** A token of one byte, a newline, the widest indent. */
const WIDEST_STEP: i32 = 2 + 2 * DEEPEST_INDENT;
/** How far {@link indent} got in the input, and the depth there. */
export let indentedTo: i32 = 0;
export let depthThere: i32 = 0;

/**
 * Indents the JSON text from `from` to `end`, which must be a proper prefix of a valid text: the
 * caller handles the last brace. Tokens are copied unchanged. It stops when the rest, if it were a
 * single token, might not fit.
 *
 * @param depth number of objects and arrays open at `from`
 * @returns number of bytes written
 */
export function indent(from: usize, end: usize, depth: i32): i32 {
  const limit: usize = OUTPUT + MAX_OUTPUT - SLACK - WIDEST_STEP;
  let to: usize = OUTPUT;
  let at = from;
  let level = depth;
  while (at < end && to + (end - at) <= limit) {
    const byte = load<u8>(at);
    at += 1;
    switch (byte) {
      case QUOTE: {
        store<u8>(to, QUOTE);
        const textEnd = copyString(at, to + 1);
        to += textEnd + 1 - at;
        at = textEnd;
        break;
      }
      case OPEN_BRACE:
      case OPEN_BRACKET: {
        const next = afterSpace(at);
        store<u8>(to, byte);
        to += 1;
        const first = load<u8>(next);
        if (first !== CLOSE_BRACE && first !== CLOSE_BRACKET) {
          level += 1;
          to = newLine(to, level);
        } else if (next < end) {
          store<u8>(to, first);
          to += 1;
          at = next + 1;
        }
        break;
      }
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        level -= 1;
        to = newLine(to, level);
        store<u8>(to, byte);
        to += 1;
        break;
      case COMMA:
        store<u8>(to, COMMA);
        to = newLine(to + 1, level);
        break;
      case COLON:
        store<u8>(to, COLON);
        store<u8>(to, SPACE, 1);
        to += 2;
        break;
      default:
        if (byte > SPACE) {
          store<u8>(to, byte);
          to += 1;
        }
    }
  }
  indentedTo = i32(at);
  depthThere = level;
  return i32(to) - OUTPUT;
}

/**
 * Copies a string from after its opening quote, sixteen bytes at a time. Excess bytes are
 * overwritten later.
 * @returns its end
 */
function copyString(from: usize, out: usize): usize {
  let at = from;
  let to = out;
  while (true) {
    const bytes = v128.load(at);
    v128.store(to, bytes);
    const special = i8x16.bitmask(quotesAndBackslashes(bytes));
    if (special === 0) {
      at += 16;
      to += 16;
      continue;
    }
    const plain: usize = ctz(special);
    at += plain;
    to += plain;
    if (load<u8>(at) === QUOTE) return at + 1;
    // The byte after a backslash may not have been loaded.
    store<u8>(to, load<u8>(at, 1), 1);
    at += 2;
    to += 2;
  }
}

/** @returns address of the next byte */
function newLine(to: usize, depth: i32): usize {
  store<u8>(to, NEWLINE);
  v128.store(to + 1, i8x16.splat(SPACE));
  v128.store(to + 17, i8x16.splat(SPACE));
  return to + 1 + 2 * min(depth, DEEPEST_INDENT);
}

function afterSpace(start: usize): usize {
  let at = start;
  while (load<u8>(at) <= SPACE) at += 1;
  return at;
}
