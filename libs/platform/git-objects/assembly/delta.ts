/** Length of a copy without an explicit size. */
const MAX_COPY: usize = 0x10000;

/**
 * Up to this many bytes, a copy loop is faster than a call into the engine. Some bytes beyond them
 * are overwritten.
 */
const SHORT_COPY: usize = 256;

let at: usize = 0;
let end: usize = 0;

/**
 * Builds an object from a base and a delta. Format: gitformat-pack(5), "Deltified representation".
 *
 * @param result address of the output, `size` bytes, as the delta itself declares
 * @returns whether the delta fits
 */
export function applyDelta(
  base: usize,
  baseLength: usize,
  delta: usize,
  deltaEnd: usize,
  result: usize,
  size: usize,
): bool {
  at = delta;
  end = deltaEnd;
  if (readSize() !== baseLength || readSize() !== size) return false;
  const resultEnd = result + size;
  let to = result;
  while (at < end) {
    const instruction = <u32>load<u8>(at);
    at += 1;
    // Reserved for future use.
    if (instruction === 0) return false;
    let from: usize;
    let length: usize;
    if ((instruction & 0x80) === 0) {
      from = at;
      length = instruction;
      at += length;
      if (at > end) return false;
    } else {
      const offset = readNumber(instruction, 4);
      length = readNumber(instruction >> 4, 3);
      if (length === 0) length = MAX_COPY;
      if (at > end || offset > baseLength || length > baseLength - offset) return false;
      from = base + offset;
    }
    if (length > resultEnd - to) return false;
    if (length > SHORT_COPY) memory.copy(to, from, length);
    else for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
    to += length;
  }
  return to === resultEnd;
}

/** The result size that a delta declares, unchecked. */
export function resultSize(delta: usize, deltaEnd: usize): usize {
  at = delta;
  end = deltaEnd;
  readSize();
  return readSize();
}

/** Little-endian, seven bits per byte. */
function readSize(): usize {
  let size: usize = 0;
  for (let shift = 0; at < end && shift < 32; shift += 7) {
    const byte = <usize>load<u8>(at);
    at += 1;
    size |= (byte & 0x7f) << shift;
    if (byte < 0x80) return size;
  }
  // No object is that large.
  return 0xffff_ffff;
}

/** Little-endian; only the bytes whose bits are set are present. */
function readNumber(bits: u32, bytes: i32): usize {
  let number: usize = 0;
  for (let i = 0; i < bytes; i++) {
    if ((bits & (1 << i)) === 0) continue;
    number |= (<usize>load<u8>(at)) << (i << 3);
    at += 1;
  }
  return number;
}
