import { readFileSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';
import { ManifestWriter } from '@crates-mirror/manifest/writer';
import { isOneOf, parseRemoval, type Removal, STATES, type State } from './removal.ts';

const SCHEMA_VERSION = 1;

/**
 * Whether a crate file was restored by hand, because a user wants to keep it, or by a run, because
 * it is wanted again.
 */
export type Restorer = 'hand' | 'run';

/** A removal and its state. */
export interface JournalEntry {
  readonly removal: Removal;
  readonly state: State;
  /** undefined if it was not restored */
  readonly by: Restorer | undefined;
}

/**
 * Crate files removed from a mirror or withdrawn from its bundles, in order of time:
 * `.crates-mirror/removals.jsonl`. A removal is recorded as planned before anything is done, so
 * that the next run can recognize one interrupted by a kill. Invalid lines are skipped.
 */
export class RemovalJournal {
  readonly #path: string;
  readonly #entries = new Map<string, JournalEntry>();
  #writer: ManifestWriter | undefined;

  /** @throws the system error if the journal exists but cannot be read */
  constructor(path: string) {
    this.#path = path;
    for (const line of readLines(path)) this.#take(line);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** In the order in which they were planned. */
  get entries(): readonly JournalEntry[] {
    return [...this.#entries.values()];
  }

  /** In the order in which they were planned. @param state restricts the result to this state */
  removals(state: State): readonly Removal[] {
    return this.entries.filter((entry) => entry.state === state).map(({ removal }) => removal);
  }

  /** Keys ({@link keyOfFile}) of the files that were restored by hand and not removed since. */
  keptByHand(): ReadonlySet<string> {
    const kept = new Set<string>();
    for (const { removal, state, by } of this.entries) {
      if (state === 'restored' && by === 'hand') kept.add(keyOfFile(removal));
      else if (state !== 'dropped') kept.delete(keyOfFile(removal));
    }
    return kept;
  }

  /** Records removals as planned. They are on disk when this returns. @throws the system error */
  plan(removals: readonly Removal[]): void {
    this.#append(
      removals.map((removal) => ({ schema_version: SCHEMA_VERSION, ...removal, state: 'planned' })),
    );
  }

  /**
   * Records the new state of removals. It is on disk when this returns.
   * @throws the system error
   */
  mark(removals: readonly Removal[], state: Exclude<State, 'planned'>, by?: Restorer): void {
    const at = new Date().toISOString();
    this.#append(removals.map(({ id }) => ({ schema_version: SCHEMA_VERSION, id, state, at, by })));
  }

  close(): void {
    this.#writer?.close();
    this.#writer = undefined;
  }

  #append(lines: readonly Readonly<Record<string, unknown>>[]): void {
    if (lines.length === 0) return;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    this.#writer ??= new ManifestWriter(this.#path);
    this.#writer.append(Buffer.from(text));
    this.#writer.flush();
    for (const line of lines) this.#take({ ...line });
  }

  #take(line: Readonly<Record<string, unknown>>): void {
    const { id, state, by } = line;
    if (typeof id !== 'string' || !isOneOf(STATES, state)) return;
    const removal = state === 'planned' ? parseRemoval(line) : this.#entries.get(id)?.removal;
    if (removal === undefined) return;
    const restorer = by === 'hand' || by === 'run' ? by : undefined;
    this.#entries.set(id, { removal, state, by: state === 'restored' ? restorer : undefined });
  }
}

export function keyOfFile({ path, sha256 }: Pick<Removal, 'path' | 'sha256'>): string {
  return `${path}\n${sha256}`;
}

function readLines(path: string): Readonly<Record<string, unknown>>[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw error;
  }
  return text.split('\n').flatMap(parseLine);
}

function parseLine(text: string): Readonly<Record<string, unknown>>[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? [{ ...value }] : [];
  } catch {
    // Blank, or torn by a kill.
    return [];
  }
}
