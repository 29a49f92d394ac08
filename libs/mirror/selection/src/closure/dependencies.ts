import { indexPath, isCrateName } from '@crates-mirror/crates-index/names';
import type { SelectionRules } from '../rules.ts';

/** A dependency as far as resolving needs it. */
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

/** By which names a line of another registry's index, or of a mirror's, calls crates.io. */
const CRATES_IO =
  /^(?:sparse\+)?https:\/\/(?:github\.com\/rust-lang\/crates\.io-index|index\.crates\.io)\/?$/;

/**
 * The dependencies of a line of the index that are followed: of all targets, normal and, unless they are left out, optional and
 * build dependencies. Of a renamed one, `package` has the name of the crate.
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
    // cargo resolves no development dependencies but those of the workspace.
    const isLeftOut =
      kind === 'dev' || (kind === 'build' && !buildDeps) || (optional === true && !optionalDeps);
    if (isLeftOut || !isCrateName(crate) || typeof req !== 'string') continue;
    if (typeof registry === 'string' && !CRATES_IO.test(registry)) foreign.push({ name: crate, registry });
    else own.push({ path: indexPath(crate), requirement: req });
  }
  return { own, foreign };
}
