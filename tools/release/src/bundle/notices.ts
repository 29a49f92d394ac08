import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENSE_FILE = /^(?:licen[cs]e|copying|notice)/i;

/** A third-party package included in the bundles. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Its folder, relative to the repository's root. */
  readonly folder: string;
}

/**
 * @param inputs bundled files, relative to the repository's root
 * @returns third-party packages among them, by name
 */
export function bundledPackages(root: string, inputs: readonly string[]): BundledPackage[] {
  const folders = new Set(
    inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0] ?? []),
  );
  const packages = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return { name, version, license: String(license ?? 'UNKNOWN'), folder } as BundledPackage;
  });
  const unique = new Map(packages.map((one) => [`${one.name}@${one.version}`, one]));
  return [...unique.values()].sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

/** The licenses of all bundled packages, which require this notice. */
export function noticesOf(root: string, packages: readonly BundledPackage[]): string {
  const notices = packages.map(({ name, version, license, folder }) => {
    const files = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
    const texts = files
      .filter((file) => LICENSE_FILE.test(file))
      .sort()
      .map((file) =>
        readFileSync(join(root, folder, file), 'utf8')
          .replaceAll('\r\n', '\n')
          .trim(),
      );
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  return `crates-mirror contains these packages:\n\n${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
