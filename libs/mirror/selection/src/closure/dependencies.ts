import { indexPath, isCrateName } from '@crates-mirror/crates-index/names';
import type { SelectionRules } from '../model/rules.ts';

/** The parts of a dependency that resolving needs. */
export interface Dependency {
  /** Index path of the crate. */
  readonly path: string;
  readonly requirement: string;
}

/** A dependency on a crate of another registry. */
export interface ForeignDependency {
  readonly name: string;
  readonly registry: string;
}

export interface LineDependencies {
  readonly own: readonly Dependency[];
  readonly foreign: readonly ForeignDependency[];
}

/** Names for crates.io in an index of another registry or of a mirror. */
const CRATES_IO =
  /^(?:sparse\+)?https:\/\/(?:github\.com\/rust-lang\/crates\.io-index|index\.crates\.io)\/?$/;

/**
 * The dependencies of an index line that are followed: normal ones of all targets and, unless
 * excluded, optional and build dependencies. For a renamed dependency, `package` has the name of
 * the crate.
 */
export function dependenciesOf(
  line: string,
  { optionalDeps, buildDeps }: Pick<SelectionRules, 'optionalDeps' | 'buildDeps'>,
): LineDependencies {
  const own: Dependency[] = [];
  const foreign: ForeignDependency[] = [];
  const { deps } = JSON.parse(line) as { readonly deps?: unknown };
  for (const dep of Array.isArray(deps) ? deps : []) {
    const {
      name,
      package: renamed,
      req,
      kind,
      optional,
      registry,
    } = { ...(dep as object) } as Record<string, unknown>;
    const crate = renamed ?? name;
    // cargo resolves development dependencies only for the workspace.
    const isLeftOut =
      kind === 'dev' || (kind === 'build' && !buildDeps) || (optional === true && !optionalDeps);
    if (isLeftOut || !isCrateName(crate) || typeof req !== 'string') continue;
    if (typeof registry === 'string' && !CRATES_IO.test(registry)) foreign.push({ name: crate, registry });
    else own.push({ path: indexPath(crate), requirement: req });
  }
  return { own, foreign };
}
