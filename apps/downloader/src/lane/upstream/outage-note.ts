/** The upstream is gone or hands out nothing, as a line tells; or it answers, or hands out files, again after so long. */
export type OutageNote =
  | { readonly origin: string; readonly trouble: string }
  | { readonly origin: string; readonly isServing: boolean; readonly lastedMs: number };

/** A server has asked for patience (Retry-After), with this status. */
export interface WaitRequest {
  readonly origin: string;
  readonly status: number | undefined;
  readonly ms: number;
}
