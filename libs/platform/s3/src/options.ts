import type { OptionSpec } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';

const GROUP = 'Object store';

/** Command-line options for reaching an object store. */
export interface S3Options {
  /** URL; undefined for the environment's setting, or AWS */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /**
   * Whether the bucket is in the host name or in the path; undefined for the endpoint's usual form.
   */
  readonly addressing: 'virtual' | 'path' | undefined;
  /** File of certificates (PEM). */
  readonly caFile: string | undefined;
}

export const S3_OPTIONS = [
  {
    flags: '--s3-endpoint <url>',
    description: 'URL of the object store; default: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL',
    group: GROUP,
    defaultText: "AWS's",
    parse: parseEndpoint,
  },
  {
    flags: '--s3-region <region>',
    description: 'region of the object store; default: AWS_REGION or the profile',
    group: GROUP,
    defaultText: 'us-east-1',
  },
  {
    flags: '--s3-addressing <how>',
    description: "where the bucket's name goes: into the host name or the path",
    group: GROUP,
    choices: ['virtual', 'path'],
    defaultText: 'path with an endpoint, virtual without',
  },
  {
    flags: '--s3-ca-file <file>',
    description: "certificates (PEM) to trust instead of the system's; default: AWS_CA_BUNDLE",
    group: GROUP,
  },
] as const satisfies readonly OptionSpec[];

/** Names of the parsed values, and the options as typed. */
export const S3_FLAGS = [
  ['s3Endpoint', '--s3-endpoint'],
  ['s3Region', '--s3-region'],
  ['s3Addressing', '--s3-addressing'],
  ['s3CaFile', '--s3-ca-file'],
] as const;

/** The parsed values of the options above. */
export interface RawS3 {
  readonly s3Endpoint?: string;
  readonly s3Region?: string;
  readonly s3Addressing?: 'virtual' | 'path';
  readonly s3CaFile?: string;
}

export function s3Options({ s3Endpoint, s3Region, s3Addressing, s3CaFile }: RawS3): S3Options {
  return { endpoint: s3Endpoint, region: s3Region, addressing: s3Addressing, caFile: s3CaFile };
}

/** @returns the URL without a trailing slash. @throws UsageError */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new UsageError(`'${text}' is not the URL of an object store`, {
      hint: 'Write it like https://objects.example:9000',
    });
  if (url.username !== '' || url.password !== '')
    throw new UsageError("an object store's URL has no credentials in it", {
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
  return url.href.replace(/\/+$/, '');
}
