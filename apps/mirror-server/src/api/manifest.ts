import toml from '@iarna/toml';

/** The descriptive fields of a crate's own Cargo.toml. */
export interface CrateManifest {
  readonly description: string | undefined;
  readonly homepage: string | undefined;
  readonly documentation: string | undefined;
  readonly repository: string | undefined;
  readonly license: string | undefined;
  readonly edition: string | undefined;
  readonly rustVersion: string | undefined;
  readonly keywords: readonly string[];
  readonly categories: readonly string[];
}

/**
 * Characters. Longer text is no valid description or URL. crates.io accepts 1,000 characters for a
 * description.
 */
const MAX_TEXT = 4096;
/** crates.io accepts five keywords and five categories. */
const MAX_WORDS = 20;
/** cargo prints a description to the terminal unmodified, so control characters are removed. */
const CONTROLS = /[^\P{Cc}\n\t]/gu;

/** Parses a Cargo.toml from an untrusted source. @throws if it is not TOML, or has no package */
export async function parseManifest(text: string): Promise<CrateManifest> {
  // Parses in pieces, so that the server can handle other requests in between.
  const { package: table } = await toml.parse.async(text);
  if (typeof table !== 'object' || table === null) throw new Error('it has no [package]');
  const field = (name: string): unknown => Reflect.get(table, name);
  return {
    description: textOf(field('description')),
    homepage: textOf(field('homepage')),
    documentation: textOf(field('documentation')),
    repository: textOf(field('repository')),
    license: textOf(field('license')),
    edition: textOf(field('edition')),
    rustVersion: textOf(field('rust-version')),
    keywords: textsOf(field('keywords')),
    categories: textsOf(field('categories')),
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []).slice(0, MAX_WORDS) : [];
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.replace(CONTROLS, '').trim();
  return text === '' || text.length > MAX_TEXT ? undefined : text;
}
