import { UsageError } from '@crates-mirror/errors';
import { type BytePath, joinPath } from '../byte-path.ts';
import { PathPattern } from './path-pattern.ts';

/** What is left out of a directory, as an inventory tells it. */
export interface ExclusionRule {
  /** As {@link PathPattern} reads it; with a directory goes all that is in it. */
  readonly pattern: string;
  /** What is taken in all the same. */
  readonly except?: readonly string[];
}

/** What a rule has left out: `count` files and directories, without what is in these. */
export type LeftOut = ExclusionRule & { readonly count: number };

interface CompiledRule {
  readonly rule: ExclusionRule;
  readonly pattern: PathPattern;
  readonly except: readonly PathPattern[];
  count: number;
}

/** A name that no file can have: only a pattern that leaves out whatever is in a directory matches it there. */
const NO_NAME = '\0';

/** Decides what is left out of a directory, and counts it. */
export class Exclusions {
  readonly #rules: readonly CompiledRule[];

  /** @throws UsageError for a pattern that is none */
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

  /** What each rule has left out so far. */
  get leftOut(): readonly LeftOut[] {
    return this.#rules.map(({ rule, count }) => ({ ...rule, count }));
  }

  /** To be asked once for each path that is met. */
  leavesOut(path: BytePath): boolean {
    const found = this.#rules.find(
      ({ pattern, except }) => pattern.matches(path) && !except.some((one) => one.matches(path)),
    );
    if (found === undefined) return false;
    found.count += 1;
    return true;
  }

  /**
   * Whether a rule leaves out whatever comes and goes in a directory. Its time then tells of just that, and nothing of
   * what is taken in.
   */
  emptiesDirectory(path: BytePath): boolean {
    return this.#rules.some(({ pattern }) => pattern.matches(joinPath(path, NO_NAME)));
  }
}

/** A rule in a few words. */
export function shownRule({ pattern, except = [] }: ExclusionRule): string {
  const [last = '', ...others] = except.map((path) => path.slice(path.lastIndexOf('/') + 1)).reverse();
  if (last === '') return pattern;
  return `${pattern} but ${others.length === 0 ? last : `${others.reverse().join(', ')} and ${last}`}`;
}

/** @param text a user's own. @throws UsageError where it is no pattern */
export function checkPattern(text: string): void {
  const pattern = PathPattern.parse(text);
  if (typeof pattern === 'string') throw new UsageError(`--exclude: '${text}' ${pattern}`);
}

function compile(text: string): PathPattern {
  const pattern = PathPattern.parse(text);
  if (typeof pattern === 'string') throw new UsageError(`the pattern '${text}' ${pattern}`);
  return pattern;
}
