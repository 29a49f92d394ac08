/**
 * Why requests are held back. `unreachable`: no server responds. `busy`: everything is rejected.
 * `refusing`: files known to exist are reported as missing.
 */
export type OutageCause = 'unreachable' | 'busy' | 'refusing';

/**
 * What a lane reports about an upstream, for log, progress bar, metrics and status page. The first
 * five concern its circuit breaker.
 */
export type UpstreamEvent =
  /** Requests are held back from now on. */
  | {
      readonly type: 'opened';
      readonly origin: string;
      readonly cause: OutageCause;
      readonly trouble: string;
    }
  /** A request is in progress to see whether the upstream is back. */
  | { readonly type: 'half_opened'; readonly origin: string }
  /** It was not, and another one will follow. */
  | { readonly type: 'reopened'; readonly origin: string }
  /** The upstream is back. */
  | {
      readonly type: 'closed';
      readonly origin: string;
      readonly cause: OutageCause;
      readonly lastedMs: number;
    }
  /** The lane was stopped and no longer waits for the upstream. */
  | { readonly type: 'abandoned'; readonly origin: string }
  /** The wait for the upstream has ended without success, and the run ends. */
  | { readonly type: 'given_up'; readonly message: string; readonly hint: string }
  /** A server has sent Retry-After with this status. */
  | {
      readonly type: 'asked_to_wait';
      readonly origin: string;
      readonly status: number | undefined;
      readonly ms: number;
    };
