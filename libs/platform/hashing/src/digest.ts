/** A reusable incremental digest. */
export interface Digest {
  update(bytes: Uint8Array): void;
  /**
   * Returns the digest of everything pushed since the last call, or since creation, and starts
   * over.
   */
  take(): Uint8Array;
}

/** A package's hasher, created in its initial state. */
interface OneUseHasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** A digest made from single-use hashers: a new one is created for each message. */
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

/** hash-wasm's hashers: `init` restores the initial state. */
interface WasmHasher {
  init(): WasmHasher;
  update(bytes: Uint8Array): unknown;
  digest(type: 'binary'): Uint8Array;
}

/** A digest based on one of hash-wasm's hashers. */
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
