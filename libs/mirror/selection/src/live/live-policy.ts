import { type IndexProblem, openIndex } from '@crates-mirror/crates-index';
import type { Denials } from '@crates-mirror/denylist';
import { errorMessage } from '@crates-mirror/errors';
import { Selection } from '../decide/selection.ts';
import type { SelectionData } from '../model/data.ts';
import { NO_RULES, type SelectionRules } from '../model/rules.ts';
import { prepareInThread } from '../prepare/prepare-in-thread.ts';
import { openSelection } from '../selector.ts';

/** Maximum age of a selection, as versions reach their minimum age and the index changes. */
const RENEW_AFTER_MS = 10 * 60_000;
/** Missing names were already reported when the server started. */
const RENEWING = { onProblem: () => {}, isBackground: true };
/** Selects everything that a mirror holds. */
const EVERYTHING: SelectionData = {
  rules: { ...NO_RULES, includeYanked: true },
  chosen: undefined,
  now: 0,
};

/** The policy of a running server. */
export interface Policy {
  /** Returns the same object while its decisions are the same. */
  current(): Promise<Selection>;
}

export interface PolicyDeps {
  readonly indexDir: string;
  /** undefined: everything that the mirror holds is served */
  readonly rules: SelectionRules | undefined;
  readonly denials: Denials;
  /** Called once for each name that is not found, and for later failures. */
  readonly onNote: (message: string) => void;
  /** ms [ten minutes] */
  readonly renewAfter?: number;
}

/**
 * A policy whose denylist is at most a second old and whose selection is renewed every ten minutes
 * on a worker thread. If renewing fails, the previous state is kept.
 */
export class LivePolicy implements Policy {
  readonly #deps: PolicyDeps;
  #data: SelectionData;
  #selection: Selection;
  #madeAt = performance.now();
  #isRenewing = false;

  private constructor(deps: PolicyDeps, data: SelectionData) {
    this.#deps = deps;
    this.#data = data;
    this.#selection = new Selection(data);
  }

  /** @throws UsageError if a file that the rules refer to cannot be used */
  static async open(deps: PolicyDeps): Promise<LivePolicy> {
    const { indexDir, rules, denials, onNote } = deps;
    const { rules: denied } = await denials.current();
    if (rules === undefined) return new LivePolicy(deps, withDenied(EVERYTHING, denied));
    const onProblem = ({ file, message }: IndexProblem): void => onNote(`${file}: ${message}`);
    const { data } = await openSelection({ ...rules, denied }, await openIndex(indexDir), onProblem);
    return new LivePolicy(deps, data);
  }

  async current(): Promise<Selection> {
    const { rules: denied } = await this.#deps.denials.current();
    if (denied !== this.#data.rules.denied) this.#take(withDenied(this.#data, denied));
    if (this.#isOld) void this.#renew();
    return this.#selection;
  }

  get #isOld(): boolean {
    const { rules, renewAfter = RENEW_AFTER_MS } = this.#deps;
    return rules !== undefined && !this.#isRenewing && performance.now() - this.#madeAt >= renewAfter;
  }

  #take(data: SelectionData): void {
    this.#data = data;
    this.#selection = new Selection(data);
  }

  /** Renews the selection. The previous one stays in use until this succeeds. */
  async #renew(): Promise<void> {
    const { indexDir, rules = NO_RULES, onNote } = this.#deps;
    this.#isRenewing = true;
    try {
      const { denied } = this.#data.rules;
      const { location: index } = await openIndex(indexDir);
      const { data } = await prepareInThread({ index, rules: { ...rules, denied } }, RENEWING);
      // Keeps denials that were added meanwhile.
      this.#take(withDenied(data, this.#data.rules.denied));
    } catch (error) {
      onNote(`the selection stays as it was, since it cannot be made anew: ${errorMessage(error)}`);
    } finally {
      this.#isRenewing = false;
      this.#madeAt = performance.now();
    }
  }
}

/** A policy that never changes. @param data [everything] */
export function fixedPolicy(data: SelectionData = EVERYTHING): Policy {
  const selection = new Selection(data);
  return { current: async () => selection };
}

function withDenied(data: SelectionData, denied: SelectionRules['denied']): SelectionData {
  return { ...data, rules: { ...data.rules, denied } };
}
