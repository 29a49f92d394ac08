import type { NodePackage } from './archive/node-package.ts';
import { npm } from './npm/pack.ts';
import type { PackageFolder } from './npm/package-folder.ts';

interface Component {
  readonly purl?: string;
  readonly 'bom-ref': string;
  readonly [field: string]: unknown;
}

interface Sbom {
  readonly components: readonly Component[];
  readonly [field: string]: unknown;
}

/**
 * A software bill of materials (CycloneDX 1.5) of the bundled packages, from npm's for the lock
 * file, without its serial number and time, so that equal releases have equal ones.
 *
 * @param root the repository
 * @param node Node.js, if it is included with the programs
 */
export function sbomOf(root: string, { version, packages }: PackageFolder, node?: NodePackage): string {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const whole = JSON.parse(npm(args, root)) as Sbom;
  const found = packages.map(({ name, version: packed }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${packed}`;
    const component = whole.components.find((one) => one.purl === purl);
    if (component === undefined) throw new Error(`npm's bill of materials has no ${purl}`);
    return component;
  });
  const components = [...found, ...(node === undefined ? [] : [nodeComponent(node)])];
  const self = `pkg:npm/crates-mirror@${version}`;
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        'bom-ref': self,
        type: 'application',
        name: 'crates-mirror',
        version,
        purl: self,
        licenses: [{ license: { id: 'MIT' } }],
      },
    },
    components,
    dependencies: [
      { ref: self, dependsOn: components.map((one) => one['bom-ref']) },
      ...components.map((one) => ({ ref: one['bom-ref'], dependsOn: [] })),
    ],
  };
  return `${JSON.stringify(bill, null, 2)}\n`;
}

function nodeComponent({ name, version, integrity }: NodePackage): Component {
  const purl = `pkg:npm/${name}@${version}`;
  const content = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
  return {
    'bom-ref': purl,
    type: 'platform',
    name: 'node',
    version,
    purl,
    hashes: [{ alg: 'SHA-512', content }],
    licenses: [{ license: { id: 'MIT' } }],
  };
}
