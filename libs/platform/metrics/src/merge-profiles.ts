import { Label, Profile, type StringTable } from 'pprof-format';

/** pprof-format represents 64-bit integers like this. */
type Numeric = number | bigint;

/** One thread's profile in pprof's format; empty if the thread has ended. */
export interface ThreadProfile {
  readonly thread: string;
  readonly profile: Uint8Array;
}

/**
 * Merges several profiles into one, whose samples bear the label `thread`. Ids and strings are
 * renumbered; functions that several threads share occur several times, and pprof's tools merge
 * them by name. Format: https://github.com/google/pprof/blob/main/proto/profile.proto
 */
export function mergeProfiles(threads: readonly ThreadProfile[]): Uint8Array {
  let merged: Profile | undefined;
  for (const { thread, profile } of threads) {
    if (profile.byteLength === 0) continue;
    const one = Profile.decode(profile);
    labelSamples(one, thread);
    if (merged === undefined) merged = one;
    else append(merged, one);
  }
  return (merged ?? new Profile()).encode();
}

function labelSamples(profile: Profile, thread: string): void {
  const label = new Label({
    key: profile.stringTable.dedup('thread'),
    str: profile.stringTable.dedup(thread),
  });
  for (const sample of profile.sample) sample.label.push(label);
}

function append(into: Profile, more: Profile): void {
  const text = renumberStrings(into.stringTable, more.stringTable);
  const mapping = above(into.mapping);
  const location = above(into.location);
  const fn = above(into.function);
  for (const one of more.mapping) {
    one.id = mapping(one.id);
    one.filename = text(one.filename);
    one.buildId = text(one.buildId);
    into.mapping.push(one);
  }
  for (const one of more.function) {
    one.id = fn(one.id);
    one.name = text(one.name);
    one.systemName = text(one.systemName);
    one.filename = text(one.filename);
    into.function.push(one);
  }
  for (const one of more.location) {
    one.id = location(one.id);
    one.mappingId = mapping(one.mappingId);
    for (const line of one.line) line.functionId = fn(line.functionId);
    into.location.push(one);
  }
  for (const sample of more.sample) {
    sample.locationId = sample.locationId.map(location);
    sample.label = sample.label.map(
      (label) =>
        new Label({
          key: text(label.key),
          str: text(label.str),
          num: label.num,
          numUnit: text(label.numUnit),
        }),
    );
    into.sample.push(sample);
  }
}

/** Maps ids to numbers above those in use; 0 stays 0, which means none. */
function above(inUse: readonly { readonly id: Numeric }[]): (id: Numeric) => Numeric {
  const highest = inUse.reduce((most, { id }) => Math.max(most, Number(id)), 0);
  return (id) => (Number(id) === 0 ? 0 : highest + Number(id));
}

function renumberStrings(into: StringTable, more: StringTable): (index: Numeric) => Numeric {
  return (index) => into.dedup(more.strings[Number(index)] ?? '');
}
