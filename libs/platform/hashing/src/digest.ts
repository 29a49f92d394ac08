/** One incremental digest, which can be used again and again. */
export interface Digest {
  update(bytes: Uint8Array): void;
  /** What was pushed since the last call, or since it was made; then it begins anew. */
  take(): Uint8Array;
}

/** What packages call a hasher: made with its first state in place. */
interface OneUseHasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** A digest of hashers that serve once: a new one is made for each message. */
export function renewed(make: () => OneUseHasher): Digest {
  let hasher = make();
  return {
    update: (bytes) => void hasher.update(bytes),
    take() {
      const digest = hasher.digest();
      hasher = make();
      return digest;
    },
  };
}

/** hash-wasm's hashers: `init` brings back their first state. */
interface WasmHasher {
  init(): WasmHasher;
  update(bytes: Uint8Array): unknown;
  digest(type: 'binary'): Uint8Array;
}

/** A digest over one of hash-wasm's hashers. */
export function reset(hasher: WasmHasher): Digest {
  hasher.init();
  return {
    update: (bytes) => void hasher.update(bytes),
    take() {
      const digest = hasher.digest('binary');
      hasher.init();
      return digest;
    },
  };
}
