/** A dependency as an index line has it (The Cargo Book, "Index Format"). */
export interface IndexDependency {
  /** The crate's own name, also where it is renamed. */
  readonly crate: string;
  readonly req: string;
  readonly features: readonly string[];
  readonly optional: boolean;
  readonly defaultFeatures: boolean;
  readonly target: string | null;
  readonly kind: 'normal' | 'dev' | 'build';
}

/** What an index line says besides the fields that a mirror needs. */
export interface IndexLine {
  readonly dependencies: readonly IndexDependency[];
  /** Those of `features2`, too. */
  readonly features: Readonly<Record<string, readonly string[]>>;
  readonly links: string | undefined;
  readonly rustVersion: string | undefined;
  /** RFC 3339; crates.io tells it since 2025. */
  readonly publishedAt: string | undefined;
}

/**
 * @param line whose name, version, checksum and `yanked` were found right; of the rest, what makes
 * no sense is passed over
 */
export function readIndexLine(line: string): IndexLine {
  const fields = objectOf(JSON.parse(line));
  const { deps, features, features2, links, rust_version: rustVersion, pubtime } = fields;
  return {
    dependencies: Array.isArray(deps) ? deps.flatMap(dependencyOf) : [],
    features: Object.fromEntries([...featuresOf(features), ...featuresOf(features2)]),
    links: textOf(links),
    rustVersion: textOf(rustVersion),
    publishedAt: typeof pubtime === 'string' && !Number.isNaN(Date.parse(pubtime)) ? pubtime : undefined,
  };
}

function dependencyOf(value: unknown): IndexDependency[] {
  const { name, package: own, req, features, optional, default_features, target, kind } = objectOf(value);
  const crate = textOf(own) ?? textOf(name);
  if (crate === undefined || typeof req !== 'string') return [];
  return [
    {
      crate,
      req,
      features: textsOf(features),
      optional: optional === true,
      defaultFeatures: default_features !== false,
      target: textOf(target) ?? null,
      kind: kind === 'dev' || kind === 'build' ? kind : 'normal',
    },
  ];
}

function featuresOf(value: unknown): [string, readonly string[]][] {
  return Object.entries(objectOf(value)).map(([name, enables]) => [name, textsOf(enables)]);
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
