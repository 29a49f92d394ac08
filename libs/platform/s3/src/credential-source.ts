import type { Credentials } from './signature.ts';

/** Gives credentials that are good now. */
export interface CredentialSource {
  current(): Promise<Credentials>;
}
