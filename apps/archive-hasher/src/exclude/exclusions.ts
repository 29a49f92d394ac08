import { UsageError } from '@crates-mirror/errors';
import { type BytePath, joinPath } from '../byte-path.ts';
import { PathPattern } from './path-pattern.ts';

/** A rule for paths to exclude, in the form used by inventories. */
export interface ExclusionRule {
  /** A pattern for {@link PathPattern}. Excluding a directory excludes its content. */
  readonly pattern: string;
  /** Exceptions, which are included nevertheless. */
  readonly except?: readonly string[];
}

/**
 * The result of a rule: it excluded `count` files and directories, not counting the content of
 * these directories.
 */
export type LeftOut = ExclusionRule & { readonly count: number };

interface CompiledRule {
  readonly rule: ExclusionRule;
  readonly pattern: PathPattern;
  readonly except: readonly PathPattern[];
  count: number;
}

/**
 * A name that no file can have. In a directory, only a pattern that excludes everything matches it.
 */
const NO_NAME = '\0';

/** Decides which paths of a directory are excluded, and counts them. */
export class Exclusions {
  readonly #rules: readonly CompiledRule[];

  /** @throws UsageError for an invalid pattern */
  constructor(rules: readonly ExclusionRule[]) {
    this.#rules = rules.map((rule) => ({
      rule,
      pattern: compile(rule.pattern),
      except: (rule.except ?? []).map(compile),
      count: 0,
    }));
  }

  get rules(): readonly ExclusionRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** The result of each rule so far. */
  get leftOut(): readonly LeftOut[] {
    return this.#rules.map(({ rule, count }) => ({ ...rule, count }));
  }

  /** Must be called once for each path. */
  leavesOut(path: BytePath): boolean {
    const found = this.#rules.find(
      ({ pattern, except }) => pattern.matches(path) && !except.some((one) => one.matches(path)),
    );
    if (found === undefined) return false;
    found.count += 1;
    return true;
  }

  /**
   * Whether a rule excludes everything that is created or removed in a directory. The directory's
   * mtime then only reflects excluded entries, and no included ones.
   */
  emptiesDirectory(path: BytePath): boolean {
    return this.#rules.some(({ pattern }) => pattern.matches(joinPath(path, NO_NAME)));
  }
}

/** Describes a rule in a few words. */
export function shownRule({ pattern, except = [] }: ExclusionRule): string {
  const [last = '', ...others] = except.map((path) => path.slice(path.lastIndexOf('/') + 1)).reverse();
  if (last === '') return pattern;
  return `${pattern} but ${others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`}`;
}

/** @param text a pattern given by the user. @throws UsageError if it is invalid */
export function checkPattern(text: string): void {
  const pattern = PathPattern.parse(text);
  if (typeof pattern === 'string') throw new UsageError(`--exclude: '${text}' ${pattern}`);
}

function compile(text: string): PathPattern {
  const pattern = PathPattern.parse(text);
  if (typeof pattern === 'string') throw new UsageError(`the pattern '${text}' ${pattern}`);
  return pattern;
}
