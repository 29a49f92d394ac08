import { parseCrateUrl } from '@crates-mirror/layout';
import { generatedBody, type SizeProfile } from './generated-bodies.ts';

/** Serves generated crate files of any name and version below `/crates`. */
export function serveGenerated(profile: SizeProfile): (path: string) => Buffer | undefined {
  return (path) => {
    const crate = path.startsWith('/crates/')
      ? parseCrateUrl(new URL(`http://registry.invalid${path.replaceAll('%', '%25')}`))
      : undefined;
    return crate === undefined ? undefined : generatedBody(crate.name, crate.version, profile);
  };
}
