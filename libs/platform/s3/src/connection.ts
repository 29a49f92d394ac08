import { readGivenFile } from '@crates-mirror/cli/given-file';
import { UsageError } from '@crates-mirror/errors';
import type { S3Address } from './address.ts';
import type { CredentialSource } from './credential-source.ts';
import { credentialSource } from './credentials.ts';
import { encodePath } from './encode.ts';
import { parseEndpoint, type S3Options } from './options.ts';
import { type Profile, readProfile } from './profile.ts';

const DEFAULT_REGION = 'us-east-1';

/** How to reach a bucket. */
export interface Connection {
  /** scheme, host and port */
  readonly origin: string;
  /** The host as used in signatures. */
  readonly host: string;
  /** Common prefix of the paths of keys: ends in a slash. */
  readonly path: string;
  readonly region: string;
  /** PEM; undefined for the system's */
  readonly ca: string | undefined;
  readonly credentials: CredentialSource;
}

/**
 * Determines how to reach a bucket: from options, then environment variables, then the profile, as
 * AWS's tools do.
 *
 * @throws UsageError
 */
export function connectionOf(
  { bucket }: S3Address,
  options: S3Options,
  environment: NodeJS.ProcessEnv,
): Connection {
  const profile = readProfile(environment);
  const region =
    options.region ||
    environment['AWS_REGION'] ||
    environment['AWS_DEFAULT_REGION'] ||
    profile.get('region') ||
    DEFAULT_REGION;
  const endpoint = options.endpoint ?? endpointOf(environment, profile);
  const addressing = options.addressing ?? (endpoint === undefined ? 'virtual' : 'path');
  const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  if (addressing === 'virtual') url.hostname = `${bucket}.${url.hostname}`;
  const base = url.pathname.replace(/\/+$/, '');
  return {
    origin: url.origin,
    host: url.host,
    path: addressing === 'virtual' ? `${base}/` : `${base}/${encodePath(bucket)}/`,
    region,
    ca: certificates(options.caFile, environment),
    credentials: credentialSource(environment, profile, region),
  };
}

function endpointOf(environment: NodeJS.ProcessEnv, profile: Profile): string | undefined {
  for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
    const text = environment[name];
    if (text === undefined || text === '') continue;
    try {
      return parseEndpoint(text);
    } catch (error) {
      if (error instanceof UsageError) throw new UsageError(`${name}: ${error.message}`);
      throw error;
    }
  }
  const text = profile.get('endpoint_url');
  return text === undefined ? undefined : parseEndpoint(text);
}

function certificates(option: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  const path = option ?? (environment['AWS_CA_BUNDLE'] || undefined);
  const name = option === undefined ? 'AWS_CA_BUNDLE' : '--s3-ca-file';
  if (path === undefined) return undefined;
  const pem = readGivenFile(name, path).toString('utf8');
  if (!pem.includes('-----BEGIN CERTIFICATE-----'))
    throw new UsageError(`${name}: ${path} holds no certificate in PEM`);
  return pem;
}
