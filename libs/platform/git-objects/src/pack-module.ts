import { readFileSync } from 'node:fs';

/** The exports of `assembly/`, documented there. Numbers are addresses, or lengths in bytes. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly inflate: (input: number, inputEnd: number, output: number, outputEnd: number) => number;
  readonly resultSize: (delta: number, deltaEnd: number) => number;
  readonly applyDelta: (
    base: number,
    baseLength: number,
    delta: number,
    deltaEnd: number,
    result: number,
    size: number,
  ) => number;
  readonly INPUT: { readonly value: number };
  readonly SLACK: { readonly value: number };
}

/** The parts used here; TypeScript has these types only for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

export type PackModule = Omit<Exports, 'INPUT' | 'SLACK'> & {
  readonly INPUT: number;
  readonly SLACK: number;
};

/** Creates a module with its own memory. */
export function loadModule(): PackModule {
  const code = readFileSync(new URL('./pack.wasm', import.meta.url));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { INPUT, SLACK, ...functions } = exports as Exports;
  return { ...functions, INPUT: INPUT.value, SLACK: SLACK.value };
}
