import { readFileSync } from 'node:fs';

/** Numbers exported and documented by `assembly/fill.ts`. */
interface Constants {
  readonly TIME: number;
  readonly OUTPUT: number;
  readonly INPUT: number;
}

interface Global {
  readonly value: number;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}

/** The six parameters are documented in `assembly/fill.ts`. */
type Fill = (
  template: number,
  end: number,
  rows: number,
  digests: number,
  version: number,
  count: number,
) => number;

/** Only the parts used here, because TypeScript has these types only in the DOM library. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

const PAGE = 1 << 16;

/** The WebAssembly module and its memory. */
export class FillModule implements Constants {
  readonly TIME: number;
  readonly OUTPUT: number;
  readonly INPUT: number;
  readonly fill: Fill;
  readonly filled: Global;
  readonly nextVersion: Global;
  /** The whole memory; replaced when it grows. */
  bytes: Buffer;
  numbers: Float64Array;
  readonly #memory: Memory;

  constructor() {
    const code = readFileSync(new URL('./fill.wasm', import.meta.url));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
    const { memory, fill, filled, nextVersion, ...globals } = exports as {
      readonly memory: Memory;
      readonly fill: Fill;
      readonly filled: Global;
      readonly nextVersion: Global;
    } & Record<keyof Constants, Global>;
    this.#memory = memory;
    this.fill = fill;
    this.filled = filled;
    this.nextVersion = nextVersion;
    this.TIME = globals.TIME.value;
    this.OUTPUT = globals.OUTPUT.value;
    this.INPUT = globals.INPUT.value;
    this.bytes = Buffer.from(memory.buffer);
    this.numbers = new Float64Array(memory.buffer);
  }

  /** Makes room for `length` bytes at INPUT. References to the memory become invalid. */
  reserve(length: number): void {
    const missing = this.INPUT + length - this.bytes.length;
    if (missing <= 0) return;
    this.#memory.grow(Math.ceil(missing / PAGE));
    this.bytes = Buffer.from(this.#memory.buffer);
    this.numbers = new Float64Array(this.#memory.buffer);
  }
}
