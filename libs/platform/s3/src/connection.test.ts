import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { connectionOf } from './connection.ts';
import { parseEndpoint, s3Options } from './options.ts';
import { parseSections } from './profile.ts';

const ADDRESS = { bucket: 'mirror', prefix: '' };
const KEYS = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
const NONE = s3Options({});

function home(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 's3-home-'));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, '.aws'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, '.aws', name), text);
  return directory;
}

const usage = (start: string) => (error: unknown) =>
  error instanceof UsageError && error.message.startsWith(start);

test('options come before variables, variables before the profile', (t) => {
  const config = '[default]\nregion = eu-north-1\nendpoint_url = https://profile.example\n';
  const HOME = home(t, { config });
  const urlOf = (options: object, environment: object): string => {
    const { origin, path, region } = connectionOf(ADDRESS, s3Options(options), {
      HOME,
      ...KEYS,
      ...environment,
    });
    return `${region} ${origin}${path}`;
  };
  assert.equal(urlOf({}, {}), 'eu-north-1 https://profile.example/mirror/');
  const variables = { AWS_ENDPOINT_URL: 'http://any.example:9000/base/', AWS_REGION: 'here' };
  assert.equal(urlOf({}, variables), 'here http://any.example:9000/base/mirror/');
  const special = { ...variables, AWS_ENDPOINT_URL_S3: 'https://s3.example' };
  assert.equal(urlOf({ s3Addressing: 'virtual' }, special), 'here https://mirror.s3.example/');
  assert.equal(
    urlOf({ s3Region: 'there', s3Endpoint: parseEndpoint('https://option.example/') }, special),
    'there https://option.example/mirror/',
  );
  const plain = connectionOf(ADDRESS, NONE, { ...KEYS, HOME: home(t) });
  assert.equal(plain.origin + plain.path, 'https://mirror.s3.us-east-1.amazonaws.com/');
});

test('credentials come from the environment, then from the profile', async (t) => {
  const credentials = '[default]\naws_access_key_id=a\naws_secret_access_key=b\n';
  const config =
    '[profile other]\naws_access_key_id = c # mine\naws_secret_access_key = d\naws_session_token = e\n';
  const HOME = home(t, { credentials, config });
  const current = (environment: object) =>
    connectionOf(ADDRESS, NONE, { HOME, ...environment }).credentials.current();
  assert.deepEqual(Object.values(await current(KEYS)), ['id', 'secret', undefined]);
  assert.deepEqual(Object.values(await current({})), ['a', 'b', undefined]);
  assert.deepEqual(Object.values(await current({ AWS_PROFILE: 'other' })), ['c', 'd', 'e']);
  assert.throws(() => connectionOf(ADDRESS, NONE, { HOME, AWS_PROFILE: 'none' }), usage('AWS_PROFILE: '));
  assert.throws(
    () => connectionOf(ADDRESS, NONE, { HOME, AWS_ACCESS_KEY_ID: 'id' }),
    usage('AWS_ACCESS_KEY_ID'),
  );
  assert.throws(() => connectionOf(ADDRESS, NONE, { HOME: home(t) }), usage('there are no credentials'));
});

test('a web identity is exchanged for credentials, anew before they expire, with the token of the day', async (t) => {
  const asked: string[] = [];
  let answer = '<Error><Code>ExpiredTokenException</Code></Error>';
  const server = createServer((request, reply) => {
    request.setEncoding('utf8').on('data', (text: string) => {
      asked.push(new URLSearchParams(text).get('WebIdentityToken') ?? '');
    });
    request.on('end', () => reply.writeHead(answer.startsWith('<Error>') ? 400 : 200).end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const HOME = home(t);
  const token = join(HOME, 'token');
  writeFileSync(token, 'first\n');
  const { credentials } = connectionOf(ADDRESS, NONE, {
    HOME,
    AWS_ROLE_ARN: 'arn:aws:iam::1:role/mirror',
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  await assert.rejects(credentials.current(), /no credentials for arn:.*400 ExpiredTokenException/);

  const until = (ms: number): string =>
    `<Credentials><AccessKeyId>k</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(Date.now() + ms).toISOString()}</Expiration></Credentials>`;
  answer = until(60_000);
  assert.deepEqual(Object.values(await credentials.current()), ['k', 's', 't']);
  writeFileSync(token, 'second');
  answer = until(3_600_000);
  await credentials.current();
  await credentials.current();
  assert.deepEqual(asked, ['first', 'first', 'second']);
});

test('an error in options or files is reported in one line', (t) => {
  for (const text of ['objects.example', 'ftp://objects.example', 'https://a.example/?x=1'])
    assert.throws(() => parseEndpoint(text), UsageError, text);
  assert.throws(
    () => parseEndpoint('https://id:secret@a.example'),
    (error: Error) => !/secret/.test(error.message),
  );
  const HOME = home(t);
  const environment = { HOME, ...KEYS };
  const bad = { ...environment, AWS_ENDPOINT_URL: 'nonsense' };
  assert.throws(() => connectionOf(ADDRESS, NONE, bad), usage('AWS_ENDPOINT_URL: '));
  const bundle = { ...environment, AWS_CA_BUNDLE: join(HOME, 'none.pem') };
  assert.throws(() => connectionOf(ADDRESS, NONE, bundle), usage('AWS_CA_BUNDLE: cannot read'));
});

test('profiles are read as they are written by hand', () => {
  const text =
    '; mine\r\n[ default ]\r\nRegion=a\n  nested = b\n[profile  x]\nkey = v#1 ; note\nno value\n[default]\nmore = c';
  const sections = parseSections(text);
  assert.deepEqual(Object.fromEntries(sections.get('default') ?? []), { region: 'a', more: 'c' });
  assert.deepEqual(Object.fromEntries(sections.get('profile x') ?? []), { key: 'v#1' });
});
