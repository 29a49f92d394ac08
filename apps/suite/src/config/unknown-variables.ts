import type { CommandSpec } from '@crates-mirror/cli';
import {
  CONFIG_VARIABLE,
  ENVIRONMENT_PREFIX,
  optionKey,
  sectionOf,
  variablesOf,
} from '@crates-mirror/cli/config';
import { isSimilar } from '@crates-mirror/cli/edit-distance';

/** All variables that set an option of a command. */
export function knownVariables(commands: readonly CommandSpec[]): Set<string> {
  const names = commands.flatMap((spec) =>
    spec.options.flatMap((option) => variablesOf(sectionOf(spec) ?? '', optionKey(option))),
  );
  return new Set([CONFIG_VARIABLE, ...names]);
}

/**
 * Returns lines on variables that look like ours but set nothing. They are not errors: Kubernetes,
 * for instance, sets `CRATES_MIRROR_SERVICE_HOST` for a service of that name.
 */
export function unknownVariables(commands: readonly CommandSpec[], env: NodeJS.ProcessEnv): string[] {
  const known = knownVariables(commands);
  return Object.keys(env)
    .filter((name) => name.startsWith(ENVIRONMENT_PREFIX) && !known.has(name))
    .sort()
    .map((name) => {
      const meant = [...known].find((one) => isSimilar(name, one));
      const advice = meant === undefined ? '' : `. Did you mean ${meant}?`;
      return `${name} sets no option, and is ignored${advice}`;
    });
}
