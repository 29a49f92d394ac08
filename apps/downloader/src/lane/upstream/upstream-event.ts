/** Why requests are held back: nobody is there; everything is rejected; files that are known to be there are said to be missing. */
export type OutageCause = 'unreachable' | 'busy' | 'refusing';

/** What a lane tells of an upstream, for log, progress bar, metrics and status page. The first five are of its circuit breaker. */
export type UpstreamEvent =
  /** Requests are held back from now on. */
  | {
      readonly type: 'opened';
      readonly origin: string;
      readonly cause: OutageCause;
      readonly trouble: string;
    }
  /** One request is under way, to see whether the upstream is back. */
  | { readonly type: 'half_opened'; readonly origin: string }
  /** It was not; another one follows. */
  | { readonly type: 'reopened'; readonly origin: string }
  /** The upstream is back. */
  | {
      readonly type: 'closed';
      readonly origin: string;
      readonly cause: OutageCause;
      readonly lastedMs: number;
    }
  /** Nobody waits for the upstream any longer: the lane was stopped. */
  | { readonly type: 'abandoned'; readonly origin: string }
  /** The upstream is not waited for any longer, and the run ends. */
  | { readonly type: 'given_up'; readonly message: string; readonly hint: string }
  /** A server has sent Retry-After, with this status. */
  | {
      readonly type: 'asked_to_wait';
      readonly origin: string;
      readonly status: number | undefined;
      readonly ms: number;
    };
