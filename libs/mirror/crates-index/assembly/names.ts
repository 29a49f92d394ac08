import { isDigit, ZERO } from './bytes';

/** The limits in `src/names.ts`. */
const MAX_NAME: usize = 64;
const MAX_VERSION: usize = 160;
/** Digits of a number that is always within cargo's maximum, 2^64 - 1, which has one more. */
const MAX_NUMBER: usize = 19;
const PLUS: u8 = 0x2b;
const HYPHEN: u8 = 0x2d;
const DOT: u8 = 0x2e;
const UNDERSCORE: u8 = 0x5f;
/** Stands for an invalid part of a version; not a possible address. */
const INVALID: usize = 0;

/** Whether `isCrateName` accepts the bytes. */
export function isName(start: usize, end: usize): bool {
  if (start === end || end - start > MAX_NAME || !isLetter(load<u8>(start))) return false;
  for (let at = start + 1; at < end; at++)
    if (!isOfIdentifier(load<u8>(at)) && load<u8>(at) !== UNDERSCORE) return false;
  return true;
}

/**
 * Whether `isCrateVersion` accepts the bytes. Numbers of twenty digits are rejected, because they
 * would have to be compared.
 */
export function isVersion(start: usize, end: usize): bool {
  if (end - start > MAX_VERSION) return false;
  let at = numberEnd(start, end);
  for (let dots = 0; dots < 2; dots++) {
    if (at === INVALID || at === end || load<u8>(at) !== DOT) return false;
    at = numberEnd(at + 1, end);
  }
  if (at !== INVALID && at < end && load<u8>(at) === HYPHEN) at = identifiersEnd(at + 1, end, false);
  if (at !== INVALID && at < end && load<u8>(at) === PLUS) at = identifiersEnd(at + 1, end, true);
  return at === end;
}

/** End of a number without a leading zero. */
function numberEnd(start: usize, end: usize): usize {
  let at = start;
  while (at < end && isDigit(load<u8>(at))) at += 1;
  const length = at - start;
  if (length === 0 || length > MAX_NUMBER || (length > 1 && load<u8>(start) === ZERO)) return INVALID;
  return at;
}

/**
 * End of dot-separated identifiers.
 * @param mayBeginWithZero whether numeric ones may, as in build metadata
 */
function identifiersEnd(start: usize, end: usize, mayBeginWithZero: bool): usize {
  let at = start;
  while (true) {
    const first = at;
    let areDigits = !mayBeginWithZero;
    while (at < end && isOfIdentifier(load<u8>(at))) {
      if (!isDigit(load<u8>(at))) areDigits = false;
      at += 1;
    }
    if (at === first || (areDigits && at - first > 1 && load<u8>(first) === ZERO)) return INVALID;
    if (at === end || load<u8>(at) !== DOT) return at;
    at += 1;
  }
}

function isOfIdentifier(byte: u8): bool {
  return isDigit(byte) || isLetter(byte) || byte === HYPHEN;
}

function isLetter(byte: u8): bool {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}
