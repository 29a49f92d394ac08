/** Converts the fields of a line to column values, and names the fields that are malformed. */

export interface Dependency {
  readonly name: string;
  readonly req: string;
  readonly features: readonly string[];
  readonly optional: boolean;
  readonly default_features: boolean;
  readonly target: string | null;
  readonly kind: string;
  readonly registry: string | null;
  readonly package: string | null;
}

export type Features = readonly { readonly key: string; readonly value: readonly string[] }[];

type Fields = Record<string, unknown>;

const INT32 = 0x80000000;

/**
 * Reads the fields of one line. A field that does not match cargo's definition becomes null or
 * empty, and is added to {@link flaws}.
 */
export class FieldReader {
  readonly flaws: Set<string> = new Set();

  text(fields: Fields, name: string): string | null {
    const value = fields[name] ?? null;
    if (value === null || typeof value === 'string') return value;
    return this.#flaw(name, null);
  }

  /** A 32-bit integer. */
  integer(fields: Fields, name: string): number | null {
    const value = fields[name] ?? null;
    if (value === null) return null;
    if (typeof value === 'number' && Number.isInteger(value) && value >= -INT32 && value < INT32)
      return value;
    return this.#flaw(name, null);
  }

  /** A time in RFC 3339 format. */
  time(fields: Fields, name: string): Date | null {
    const text = this.text(fields, name);
    if (text === null) return null;
    const time = new Date(text);
    return Number.isNaN(time.getTime()) ? this.#flaw(name, null) : time;
  }

  dependencies(fields: Fields): Dependency[] {
    const list = fields['deps'] ?? [];
    if (!Array.isArray(list)) return this.#flaw('deps', []);
    return list.flatMap((one: unknown) =>
      isObject(one) && typeof one['name'] === 'string' ? [this.#dependency(one)] : this.#flaw('deps', []),
    );
  }

  /** @returns null if there is no such field */
  features(fields: Fields, name: string): Features | null {
    const map = fields[name] ?? null;
    if (map === null) return null;
    if (!isObject(map)) return this.#flaw(name, null);
    return Object.entries(map).map(([key, value]) => ({ key, value: this.#texts(value, name) }));
  }

  #dependency(one: Fields): Dependency {
    return {
      name: one['name'] as string,
      req: this.text(one, 'req') ?? '',
      features: this.#texts(one['features'], 'deps'),
      optional: this.#boolean(one, 'optional', false),
      default_features: this.#boolean(one, 'default_features', true),
      target: this.text(one, 'target'),
      kind: this.text(one, 'kind') ?? 'normal',
      registry: this.text(one, 'registry'),
      package: this.text(one, 'package'),
    };
  }

  #boolean(fields: Fields, name: string, otherwise: boolean): boolean {
    const value = fields[name] ?? otherwise;
    return typeof value === 'boolean' ? value : this.#flaw(name, otherwise);
  }

  #texts(value: unknown, name: string): readonly string[] {
    const list = value ?? [];
    if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list;
    return this.#flaw(name, []);
  }

  #flaw<T>(name: string, otherwise: T): T {
    this.flaws.add(name);
    return otherwise;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
