import { UsageError } from '@crates-mirror/errors';
import type { CredentialSource } from './credential-source.ts';
import type { Profile } from './profile.ts';
import type { Credentials } from './signature.ts';
import { WebIdentity } from './web-identity.ts';

/**
 * The source of credentials, in the order of AWS's own tools: environment variables, the profile, a
 * web identity token file (as mounted by Kubernetes).
 *
 * @param region region of the security token service for a web identity
 * @throws UsageError if there are none, or only one half of a pair
 */
export function credentialSource(
  environment: NodeJS.ProcessEnv,
  profile: Profile,
  region: string,
): CredentialSource {
  const fixed =
    pairOf(
      environment['AWS_ACCESS_KEY_ID'],
      environment['AWS_SECRET_ACCESS_KEY'],
      environment['AWS_SESSION_TOKEN'],
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    ) ??
    pairOf(
      profile.get('aws_access_key_id'),
      profile.get('aws_secret_access_key'),
      profile.get('aws_session_token'),
      'aws_access_key_id and aws_secret_access_key of the AWS profile',
    );
  if (fixed !== undefined) return { current: async () => fixed };
  const tokenFile = environment['AWS_WEB_IDENTITY_TOKEN_FILE'] || profile.get('web_identity_token_file');
  const role = environment['AWS_ROLE_ARN'] || profile.get('role_arn');
  if (tokenFile && role)
    return new WebIdentity({
      tokenFile,
      role,
      session: environment['AWS_ROLE_SESSION_NAME'] || 'crates-mirror',
      endpoint: environment['AWS_ENDPOINT_URL_STS'] || `https://sts.${region}.amazonaws.com`,
    });
  throw new UsageError('there are no credentials for the object store', {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE',
  });
}

function pairOf(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
  names: string,
): Credentials | undefined {
  if (!accessKeyId && !secretAccessKey) return undefined;
  if (!accessKeyId || !secretAccessKey) throw new UsageError(`${names}: one is set without the other`);
  return { accessKeyId, secretAccessKey, sessionToken: sessionToken || undefined };
}
