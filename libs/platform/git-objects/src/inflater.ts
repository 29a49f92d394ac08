import { readFileSync, readSync } from 'node:fs';

/** What `assembly/inflate.ts` exports, and tells about. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly inflate: (input: number, inputEnd: number, output: number, outputEnd: number) => number;
  readonly INPUT: { readonly value: number };
  readonly SLACK: { readonly value: number };
}

/** As far as it is used here; TypeScript has the types with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

const PAGE = 1 << 16;
/** Several objects have room in so many bytes, which cost little more to read than one. */
const WINDOW = 1 << 13;

/**
 * Inflates zlib streams of files in memory that is used again. zlib itself, called from JavaScript, takes longer to be set up for
 * an object of a few kB than to inflate it.
 */
export class Inflater {
  readonly #exports: Exports;
  #memory: Buffer;
  /** What is at INPUT: which file, from where, how many bytes. */
  #fd = -1;
  #start = 0;
  #length = 0;
  #room = WINDOW;

  constructor() {
    const code = readFileSync(new URL('./inflate.wasm', import.meta.url));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
    this.#exports = exports as Exports;
    this.#memory = Buffer.from(this.#exports.memory.buffer);
  }

  /** Bytes of a file, `length` of them or up to its end, until the next call. */
  bytesAt(fd: number, position: number, length: number): Buffer {
    this.#load(fd, position, length);
    const { INPUT } = this.#exports;
    const at = INPUT.value + position - this.#start;
    return this.#memory.subarray(at, Math.min(at + length, INPUT.value + this.#length));
  }

  /**
   * Inflates the stream that begins somewhere in a file.
   *
   * @param length bytes of it that are looked at
   * @param most bytes that it may come to
   * @returns what it came to, until the next call; undefined when it goes on, makes no sense, or is longer
   */
  inflateAt(fd: number, position: number, length: number, most: number): Buffer | undefined {
    this.#load(fd, position, length);
    const { inflate, INPUT, SLACK } = this.#exports;
    const output = INPUT.value + this.#room + SLACK.value;
    this.#reserve(output + most + SLACK.value);
    const input = INPUT.value + position - this.#start;
    const count = inflate(input, INPUT.value + this.#length, output, output + most);
    return count < 0 ? undefined : this.#memory.subarray(output, output + count);
  }

  #load(fd: number, position: number, length: number): void {
    const isThere =
      fd === this.#fd && position >= this.#start && position + length <= this.#start + this.#length;
    if (isThere) return;
    const { INPUT, SLACK } = this.#exports;
    const wanted = Math.max(length, WINDOW);
    this.#room = Math.max(this.#room, wanted);
    this.#reserve(INPUT.value + this.#room + SLACK.value);
    this.#fd = -1;
    this.#length = readSync(fd, this.#memory, INPUT.value, wanted, position);
    this.#fd = fd;
    this.#start = position;
  }

  #reserve(length: number): void {
    const missing = length - this.#memory.length;
    if (missing <= 0) return;
    const { memory } = this.#exports;
    memory.grow(Math.ceil(missing / PAGE));
    this.#memory = Buffer.from(memory.buffer);
  }

  /** A file is closed: its number may be another one's next. */
  forget(fd: number): void {
    if (this.#fd === fd) this.#fd = -1;
  }
}
