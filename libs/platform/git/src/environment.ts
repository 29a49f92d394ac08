/** Transports that git may use. Helpers such as `ext::` run any program that an address names. */
export const PROTOCOLS: readonly string[] = ['https', 'http', 'ssh', 'git', 'file'];

/** Variables by which a hook, or a shell inside another repository, would point git elsewhere. */
const ELSEWHERE: readonly string[] = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_SHALLOW_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_QUARANTINE_PATH',
  'GIT_TEMPLATE_DIR',
  'GIT_EXTERNAL_DIFF',
  'GIT_LITERAL_PATHSPECS',
  'GIT_GLOB_PATHSPECS',
  'GIT_NOGLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
];

/**
 * The variable that marks a git process as ours: the id of the process that started it, a space,
 * and its purpose.
 */
export const MARK = 'CRATES_MIRROR_GIT';

/**
 * The environment for git: the user's, since it carries proxies, certificates and credentials, but
 * without prompts or redirections, and with messages in English, since they are parsed.
 *
 * @param ceiling git does not search for a repository in this directory or above
 * @param purpose what git is started for
 */
export function gitEnvironment(env: NodeJS.ProcessEnv, ceiling: string, purpose: string): NodeJS.ProcessEnv {
  const clean: NodeJS.ProcessEnv = {
    // An empty name disables prompting; a program chosen by the user is one that needs no terminal.
    GIT_ASKPASS: '',
    GIT_ALLOW_PROTOCOL: PROTOCOLS.join(':'),
    ...env,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CEILING_DIRECTORIES: ceiling,
    LC_ALL: 'C',
    LANGUAGE: 'C',
    [MARK]: `${process.pid} ${purpose}`,
  };
  for (const name of ELSEWHERE) delete clean[name];
  return clean;
}

/**
 * Settings that override the user's: no hooks, no conversion of content, no background maintenance.
 * The rest of the user's configuration applies.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.autocrlf': 'false',
  'core.safecrlf': 'false',
  'core.attributesFile': '/dev/null',
  'core.excludesFile': '/dev/null',
  // A link in a tree could point anywhere; checked out as a file, it is harmless.
  'core.symlinks': 'false',
  'core.fileMode': 'false',
  'core.sparseCheckout': 'false',
  'core.logAllRefUpdates': 'false',
  // The remote that is followed. git before 2.33 accepts no --origin for a bare clone.
  'clone.defaultRemoteName': 'origin',
  // The user has named the repository.
  'safe.bareRepository': 'all',
  'credential.interactive': 'false',
  'fetch.recurseSubmodules': 'no',
  'submodule.recurse': 'false',
  'fetch.prune': 'false',
  'fetch.pruneTags': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'color.ui': 'never',
  'advice.detachedHead': 'false',
};

export const SETTING_ARGUMENTS: readonly string[] = Object.entries(SETTINGS).flatMap(([name, value]) => [
  '-c',
  `${name}=${value}`,
]);
