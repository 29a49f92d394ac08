import { UsageError } from '@crates-mirror/errors';
import { type CrateId, compileTemplate } from './template.ts';
import { windowsFlaw } from './windows-name.ts';

/** Maps crate versions to paths below a mirror's root. */
export interface Layout {
  /**
   * The value stored in the mirror's marker file: a template, or the name of a layout that no
   * template can express.
   */
  readonly id: string;
  /** Whether a path needs the crate file's SHA-256. */
  readonly needsChecksum: boolean;
  /** Relative, with `/`, never outside the root. */
  pathOf(crate: CrateId): string;
}

const NAMED_TEMPLATES: Readonly<Record<string, string>> = {
  cargo: '{lowerprefix}/{crate}-{version}.crate',
  'crate-dirs': '{lowerprefix}/{crate}/{crate}-{version}.crate',
  upstream: '{crate}/{crate}-{version}.crate',
};

export const LAYOUT_NAMES: readonly string[] = [...Object.keys(NAMED_TEMPLATES), 'go'];

/** The user-visible name of a layout stored in a mirror's marker. */
export function layoutName(id: string): string {
  return Object.entries(NAMED_TEMPLATES).find(([, template]) => template === id)?.[0] ?? id;
}

/**
 * The layout of the Go tool that this project succeeds: `s/er/serde-1.0.0.crate`,
 * `syn/syn-1.0.0.crate`.
 */
const GO: Layout = {
  id: 'go',
  needsChecksum: false,
  pathOf: ({ name, version }) => `${goShards(name)}/${name}-${version}.crate`,
};

function goShards(name: string): string {
  if (name.length <= 3) return name;
  const first = name[1] === '-' ? 2 : 1;
  return `${name.slice(0, first)}/${name.slice(first, first + 2)}`;
}

/** @param text a layout's name, or a template. @throws UsageError */
export function parseLayout(text: string): Layout {
  if (text === 'go') return GO;
  const template = NAMED_TEMPLATES[text] ?? text;
  checkTemplate(template);
  return {
    id: template,
    needsChecksum: template.includes('{sha256-checksum}'),
    pathOf: compileTemplate(template),
  };
}

function checkTemplate(template: string): void {
  const reject = (why: string): never => {
    throw new UsageError(`layout '${template}' ${why}`, {
      hint: `Use ${LAYOUT_NAMES.join(', ')} or a template like ${NAMED_TEMPLATES['cargo']}`,
    });
  };
  if (!template.includes('{crate}') || !template.includes('{version}')) {
    reject('needs both {crate} and {version}, or versions would overwrite each other');
  }
  const isDistinct =
    template.split('/').includes('{crate}') || /\{crate\}[-_@~=,.+]\{version\}/.test(template);
  if (!isDistinct)
    reject('must have {crate} as a directory of its own, or {crate}-{version}, or crates could share a path');
  if (/[\p{Cc}\\:*?"<>|]/u.test(template)) reject('has a character that file names cannot have everywhere');
  if (template.split('/').some((part) => part === '' || /^\.+$/.test(part))) {
    reject("must be a relative path without empty, '.' or '..' parts");
  }
  const flaw = windowsFlaw(template.replaceAll(/\{[^{}]*\}/g, 'x'));
  if (flaw !== undefined) reject(flaw);
  if (template.startsWith('.')) reject("must not begin with a dot, as the mirror's own directory does");
}
