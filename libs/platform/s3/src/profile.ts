import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { errorCode, UsageError, unreadable } from '@crates-mirror/errors';

/** Settings of one profile, by lower-case name. */
export type Profile = ReadonlyMap<string, string>;

/**
 * The profile named by `AWS_PROFILE` [default], from the credentials file and the config file; if
 * both contain a setting, the credentials file takes precedence. Source: AWS, "Using shared config
 * and credentials files to globally configure AWS SDKs and tools".
 *
 * @throws UsageError if the profile named by `AWS_PROFILE` does not exist, or a file cannot be read
 */
export function readProfile(environment: NodeJS.ProcessEnv): Profile {
  const named = environment['AWS_PROFILE'] || undefined;
  const name = named ?? 'default';
  const configSection = name === 'default' ? name : `profile ${name}`;
  const config = readSection(fileOf(environment, 'AWS_CONFIG_FILE', 'config'), configSection);
  const credentials = readSection(fileOf(environment, 'AWS_SHARED_CREDENTIALS_FILE', 'credentials'), name);
  if (named !== undefined && config === undefined && credentials === undefined)
    throw new UsageError(
      `AWS_PROFILE: there is no profile '${named}' in the AWS config and credentials files`,
    );
  return new Map([...(config ?? []), ...(credentials ?? [])]);
}

function fileOf(environment: NodeJS.ProcessEnv, variable: string, name: string): string {
  return environment[variable] || join(environment['HOME'] || homedir(), '.aws', name);
}

/** @returns undefined if the file or section does not exist */
function readSection(path: string, section: string): Profile | undefined {
  try {
    return parseSections(readFileSync(path, 'utf8')).get(section);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unreadable('AWS profile', path, error);
  }
}

/** Settings by section. Indented lines belong to nested settings, which are not needed here. */
export function parseSections(text: string): ReadonlyMap<string, Profile> {
  const sections = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1]?.replace(/\s+/g, ' ');
    if (heading !== undefined) {
      current = sections.get(heading) ?? new Map();
      sections.set(heading, current);
      continue;
    }
    const [, name, value] = /^([^\s#;=][^=]*?)\s*=\s*(.*?)(?:\s+[#;].*)?\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) current?.set(name.toLowerCase(), value);
  }
  return sections;
}
