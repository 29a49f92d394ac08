import { isDigit } from './bytes';

/** As `src/names.ts` has them. */
const LONGEST_NAME: usize = 64;
const LONGEST_VERSION: usize = 160;
const PLUS: u8 = 0x2b;
const HYPHEN: u8 = 0x2d;
const DOT: u8 = 0x2e;
const UNDERSCORE: u8 = 0x5f;
/** No address of a version's part. */
const INVALID: usize = 0;

/** Whether the bytes are what `isCrateName` takes. */
export function isName(start: usize, end: usize): bool {
  if (start === end || end - start > LONGEST_NAME || !isLetter(load<u8>(start))) return false;
  for (let at = start + 1; at < end; at++)
    if (!isOfIdentifier(load<u8>(at)) && load<u8>(at) !== UNDERSCORE) return false;
  return true;
}

/** Whether the bytes are what `isCrateVersion` takes. */
export function isVersion(start: usize, end: usize): bool {
  if (end - start > LONGEST_VERSION) return false;
  let at = numberEnd(start, end);
  for (let dots = 0; dots < 2; dots++) {
    if (at === INVALID || at === end || load<u8>(at) !== DOT) return false;
    at = numberEnd(at + 1, end);
  }
  if (at !== INVALID && at < end && load<u8>(at) === HYPHEN) at = identifiersEnd(at + 1, end);
  if (at !== INVALID && at < end && load<u8>(at) === PLUS) at = identifiersEnd(at + 1, end);
  return at === end;
}

function numberEnd(start: usize, end: usize): usize {
  let at = start;
  while (at < end && isDigit(load<u8>(at))) at += 1;
  return at === start ? INVALID : at;
}

/** Identifiers with dots between them. */
function identifiersEnd(start: usize, end: usize): usize {
  let at = start;
  let isEmpty = true;
  while (at < end) {
    const byte = load<u8>(at);
    if (isOfIdentifier(byte)) isEmpty = false;
    else if (byte === DOT && !isEmpty) isEmpty = true;
    else break;
    at += 1;
  }
  return isEmpty ? INVALID : at;
}

function isOfIdentifier(byte: u8): bool {
  return isDigit(byte) || isLetter(byte) || byte === HYPHEN;
}

function isLetter(byte: u8): bool {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
