/** A program of the release. */
export interface Program {
  /** What users type. */
  readonly name: string;
  /** The module that is the program, from the repository's root. */
  readonly module: string;
}

function programOf(app: string, name: string): Program {
  return { name, module: `apps/${app}/src/tool.ts` };
}

/** Every program, under the name that its package gives it in `bin`. */
export const PROGRAMS: readonly Program[] = [
  programOf('suite', 'crates-mirror'),
  programOf('downloader', 'crates-mirror-downloader'),
  programOf('index-cloner', 'crates-mirror-index-cloner'),
  programOf('sidecar-generator', 'crates-mirror-sidecar-generator'),
  programOf('bundle-extractor', 'crates-mirror-bundle-extractor'),
  programOf('archive-hasher', 'crates-mirror-archive-hasher'),
  programOf('mirror-server', 'crates-mirror-server'),
];
