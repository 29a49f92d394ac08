/** Why a version is selected or not: the deciding rule, named after its option. */
export type Reason =
  /** No rule names crates, so all are selected. */
  | { readonly rule: 'everything' }
  | { readonly rule: 'include' | 'exclude'; readonly pattern: string }
  | { readonly rule: 'names' }
  | { readonly rule: 'cargo-lock' }
  | { readonly rule: 'deps' }
  /** Rules name crates, but not this one. */
  | { readonly rule: 'not-named' }
  /** Lock files or dependencies need only other versions of its crate. */
  | { readonly rule: 'not-needed' }
  | { readonly rule: 'yanked' }
  | { readonly rule: 'latest'; readonly count: number }
  | { readonly rule: 'min-age' | 'newer-than'; readonly publishedAt: Date }
  /** Its line has no publication time. */
  | { readonly rule: 'min-age-unknown' }
  /** Its crate file has `size` bytes, which is too many. */
  | { readonly rule: 'max-size'; readonly size: number }
  /** It is on a denylist. */
  | { readonly rule: 'denied'; readonly reason: string; readonly since: string | undefined }
  /** It is not in the index. */
  | { readonly rule: 'left-index' }
  /** It is not in the index, but the server serves it anyway. */
  | { readonly rule: 'serve-removed' };

/** Whether a version is to be mirrored, served, exported and packed. */
export type Decision =
  | { readonly isSelected: true; readonly because: Reason }
  | {
      readonly isSelected: false;
      readonly because: Reason;
      /** When it reaches the age required by `--min-age`. */
      readonly until?: Date;
      /**
       * For a denied version, whether it would be selected if it were not denied and `--latest`
       * were not given.
       */
      readonly isSelectedOtherwise?: boolean;
    };

/** Describes a reason for users. */
export function describeReason(because: Reason): string {
  switch (because.rule) {
    case 'everything':
      return 'every crate is selected';
    case 'include':
      return `--include ${because.pattern}`;
    case 'exclude':
      return `--exclude ${because.pattern}`;
    case 'names':
      return 'named in the list of --names';
    case 'cargo-lock':
      return 'pinned by --cargo-lock';
    case 'deps':
      return 'a dependency (--deps)';
    case 'not-named':
      return 'nothing selects this crate';
    case 'not-needed':
      return 'other versions of this crate are needed';
    case 'yanked':
      return 'yanked, and --include-yanked is not given';
    case 'latest':
      return `not among the newest ${because.count} (--latest)`;
    case 'min-age':
      return `published ${isoTime(because.publishedAt)}, too young for --min-age`;
    case 'newer-than':
      return `published ${isoTime(because.publishedAt)}, before --newer-than`;
    case 'min-age-unknown':
      return 'the index does not say when it was published (--min-age-unknown deny)';
    case 'max-size':
      return `its crate file has ${because.size} bytes, more than --max-size`;
    case 'denied':
      return `denied${because.since === undefined ? '' : ` since ${because.since}`}: ${because.reason}`;
    case 'left-index':
      return 'the index no longer names it';
    case 'serve-removed':
      return 'the index no longer names it, and --serve-removed is given';
  }
}

/** Formats a time in UTC, to the second. */
export function isoTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
