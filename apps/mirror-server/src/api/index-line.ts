/** A dependency in an index line (The Cargo Book, "Index Format"). */
export interface IndexDependency {
  /** The crate's real name, even if the dependency is renamed. */
  readonly crate: string;
  readonly req: string;
  readonly features: readonly string[];
  readonly optional: boolean;
  readonly defaultFeatures: boolean;
  readonly target: string | null;
  readonly kind: 'normal' | 'dev' | 'build';
}

/** The fields of an index line that a mirror does not need. */
export interface IndexLine {
  readonly dependencies: readonly IndexDependency[];
  /** Includes those of `features2`. */
  readonly features: Readonly<Record<string, readonly string[]>>;
  readonly links: string | undefined;
  readonly rustVersion: string | undefined;
  /** RFC 3339; crates.io has provided it since 2025. */
  readonly publishedAt: string | undefined;
}

/**
 * @param line an index line whose name, version, checksum and `yanked` are valid; other malformed
 * fields are ignored
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
