/** The names of a run's outputs. */
export interface OutputNames {
  readonly yaml: string;
  /** The metadata inside the archive. */
  readonly toml: string;
  readonly tar: string;
  readonly tarZst: string;
  readonly sha256Sums: string;
  readonly b3Sums: string;
  /** Checksums of the outputs themselves, written last. */
  readonly outputSums: string;
  readonly publicKey: string;
}

export function outputNames(prefix: string): OutputNames {
  return {
    yaml: `${prefix}.yaml`,
    toml: `${prefix}.toml`,
    tar: `${prefix}.tar`,
    tarZst: `${prefix}.tar.zst`,
    sha256Sums: `${prefix}.SHA256SUMS`,
    b3Sums: `${prefix}.B3SUMS`,
    outputSums: `${prefix}.outputs.SHA256SUMS`,
    publicKey: `${prefix}.publickey.asc`,
  };
}

/** Name of the directory that holds the outputs until all of them are complete. */
export function stagingName(prefix: string): string {
  return `${prefix}.partial`;
}

/** Name of the detached signature of a file. */
export function signatureName(name: string): string {
  return `${name}.asc`;
}

/** Files to be signed if there is a key. The checksums of the outputs come last. */
export function signedNames({ yaml, sha256Sums, b3Sums, outputSums }: OutputNames): readonly string[] {
  return [yaml, sha256Sums, b3Sums, outputSums];
}
