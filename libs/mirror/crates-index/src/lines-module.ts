import { readFileSync } from 'node:fs';

/** Numbers exported and documented in `assembly/`. */
interface Constants {
  readonly INPUT: number;
  readonly MAX_INPUT: number;
  readonly ROWS: number;
  readonly MAX_ROWS: number;
  readonly READ: number;
  readonly YANKED: number;
  readonly OTHER_FIELDS: number;
  readonly SAME_NAME: number;
  readonly OUTPUT: number;
}

interface Global {
  readonly value: number;
}

interface Functions {
  readonly scan: (from: number, end: number) => number;
  readonly isRegular: (count: number) => number;
  readonly indent: (from: number, end: number, depth: number) => number;
  readonly indentedTo: Global;
  readonly depthThere: Global;
}

/** Only the parts used here, because TypeScript has these types only in the DOM library. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** The WebAssembly module and its memory. Scanning the next file overwrites the memory. */
export interface LinesModule extends Constants, Functions {
  readonly bytes: Buffer;
  readonly words: Int32Array;
}

let loaded: LinesModule | undefined;

/** The thread's module, loaded on first use. */
export function linesModule(): LinesModule {
  loaded ??= load();
  return loaded;
}

function load(): LinesModule {
  const code = readFileSync(new URL('./lines.wasm', import.meta.url));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { memory, scan, isRegular, indent, indentedTo, depthThere, ...globals } = exports as Functions &
    Record<keyof Constants, Global> & { readonly memory: { readonly buffer: ArrayBuffer } };
  const constant = (name: keyof Constants): number => globals[name].value;
  return {
    scan,
    isRegular,
    indent,
    indentedTo,
    depthThere,
    bytes: Buffer.from(memory.buffer),
    words: new Int32Array(memory.buffer),
    INPUT: constant('INPUT'),
    MAX_INPUT: constant('MAX_INPUT'),
    ROWS: constant('ROWS'),
    MAX_ROWS: constant('MAX_ROWS'),
    READ: constant('READ'),
    YANKED: constant('YANKED'),
    OTHER_FIELDS: constant('OTHER_FIELDS'),
    SAME_NAME: constant('SAME_NAME'),
    OUTPUT: constant('OUTPUT'),
  };
}
