import { readFileSync } from 'node:fs';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import { request } from '@crates-mirror/http-client/undici';
import type { CredentialSource } from './credential-source.ts';
import { encodeQuery } from './encode.ts';
import type { Credentials } from './signature.ts';
import { elementText } from './xml.ts';

/** ms before they expire. A queued request must not outlive its credentials. */
const RENEWED_BEFORE_MS = 5 * 60_000;
const TIMEOUT_MS = 30_000;

export interface WebIdentityDeps {
  /** Contains a JSON Web Token, and is replaced from time to time. */
  readonly tokenFile: string;
  /** ARN of the role */
  readonly role: string;
  readonly session: string;
  /** URL of the security token service */
  readonly endpoint: string;
}

/**
 * Temporary credentials for a web identity, renewed before they expire.
 * Source: AWS Security Token Service, AssumeRoleWithWebIdentity, version 2011-06-15.
 */
export class WebIdentity implements CredentialSource {
  readonly #deps: WebIdentityDeps;
  #last: { readonly credentials: Promise<Credentials>; renewAt: number } | undefined;

  constructor(deps: WebIdentityDeps) {
    this.#deps = deps;
  }

  /** @throws FatalError if the service issues none */
  current(): Promise<Credentials> {
    if (this.#last !== undefined && Date.now() < this.#last.renewAt) return this.#last.credentials;
    const last = { credentials: this.#assume(), renewAt: Number.POSITIVE_INFINITY };
    this.#last = last;
    // A failed request is repeated.
    last.credentials.catch(() => {
      last.renewAt = 0;
    });
    return last.credentials;
  }

  async #assume(): Promise<Credentials> {
    const { tokenFile, role, session, endpoint } = this.#deps;
    try {
      const query = encodeQuery({
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: role,
        RoleSessionName: session,
        WebIdentityToken: readFileSync(tokenFile, 'utf8').trim(),
      });
      const { statusCode, body } = await request(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: query,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const xml = await body.text();
      const credentials = credentialsIn(xml);
      if (credentials === undefined)
        throw new Error(`${endpoint} has answered ${statusCode} ${elementText(xml, 'Code') ?? ''}`.trim());
      const expires = Date.parse(elementText(xml, 'Expiration') ?? '');
      if (this.#last !== undefined) this.#last.renewAt = (expires || Date.now()) - RENEWED_BEFORE_MS;
      return credentials;
    } catch (error) {
      throw new FatalError('no_credentials', `no credentials for ${role}: ${errorMessage(error)}`, {
        hint: `Check AWS_ROLE_ARN and ${tokenFile}`,
      });
    }
  }
}

function credentialsIn(xml: string): Credentials | undefined {
  const accessKeyId = elementText(xml, 'AccessKeyId');
  const secretAccessKey = elementText(xml, 'SecretAccessKey');
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: elementText(xml, 'SessionToken') };
}
