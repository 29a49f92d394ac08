import type { Credentials } from './signature.ts';

/** Provides currently valid credentials. */
export interface CredentialSource {
  current(): Promise<Credentials>;
}
