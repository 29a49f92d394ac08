import { CodedError, oneLine } from '@crates-mirror/errors';

/** Reasons for a failed git command, as far as they can be acted on. */
export type GitFailure =
  /** git is missing or too old. */
  | 'git_missing'
  /** The remote cannot be reached, or the connection broke: a retry may succeed. */
  | 'git_network'
  /** The remote responds with a refusal. */
  | 'git_refused'
  /** The remote has no commits. */
  | 'git_empty'
  | 'git_locked'
  | 'git_not_owned'
  | 'git_no_permission'
  | 'git_no_space'
  | 'git_corrupt'
  | 'git_failed';

/** A failed git command, with the reason as far as its messages show. */
export class GitError extends CodedError {
  declare readonly code: GitFailure;
  /** git's messages, one per line. */
  readonly said: string;

  constructor(code: GitFailure, message: string, said: string, cause?: unknown) {
    super(code, message, { cause });
    this.said = said;
  }

  /** @param said git's messages, without progress */
  static of(command: string, ending: string, said: string): GitError {
    const line = reportLine(said);
    return new GitError(classify(said), `git ${command} ${line === '' ? ending : `says: ${line}`}`, said);
  }
}

/**
 * Patterns for each failure in git's messages (LC_ALL=C). Order matters: a full disk also breaks
 * the connection, and a broken connection also corrupts the received pack.
 */
const SIGNS: readonly (readonly [GitFailure, RegExp])[] = [
  // git gives no reason for a file of the working tree: its directory existed, so the disk is full.
  ['git_no_space', /No space left on device|Disk quota exceeded|^error: unable to write file [^:]+$/m],
  ['git_no_permission', /: (Permission denied|Operation not permitted|Read-only file system)$/m],
  ['git_locked', /\.lock': File exists|Another git process seems to be running/],
  ['git_not_owned', /detected dubious ownership/],
  [
    'git_refused',
    /access denied or repository not exported|Authentication failed|could not read (Username|Password)|repository '.*' (not found|does not exist)|does not appear to be a git repository|returned error: 4(?!08|29)\d\d|Permission denied \(|Host key verification failed|couldn't find remote ref|transport '.*' not allowed|SSL certificate problem|certificate verif|unable to find remote helper|^fatal: remote error:(?! upload-pack: not our ref)/im,
  ],
  [
    'git_network',
    /Could not resolve|Couldn't resolve|Temporary failure in name resolution|Name or service not known|unable to (connect|look ?up)|Connection (refused|reset|timed out|closed)|Failed to connect|Couldn't connect|timed out|Network is unreachable|No route to host|early EOF|hung up|unexpected disconnect|RPC failed|Empty reply|returned error: (408|429|5\d\d)|TLS connection|gnutls_handshake|SSL_read|SSL_connect|SSL_ERROR|fetch-pack: |invalid index-pack output|expected (flush|shallow|packfile|acknowledgments)|bad pack header|protocol error|broken pipe|the remote end|could not read from remote|^fatal: remote error:|unable to access 'https?:|info\/refs not valid/im,
  ],
  [
    'git_corrupt',
    /corrupt|is empty|bad object|bad signature|bad tree|bad (config|numeric)|unable to (read|parse)|could not (read|parse)|smaller than expected|does not match index|inflate|garbage|not a valid object|missing (blob|tree|commit|object)|invalid object|not a git repository|unknown (revision|repository extension)|failed to (read|resolve)|cannot (lock ref.*unable to resolve|read)|is not a valid/i,
  ],
];

/** @param said git's messages, without progress */
export function classify(said: string): GitFailure {
  // Messages from the remote do not indicate a local failure.
  const own = said.split('\n').filter((line) => !line.startsWith('remote:'));
  return SIGNS.find(([, sign]) => sign.test(own.join('\n')))?.[0] ?? 'git_failed';
}

/** The first message that matches the failure, or else the last one. */
function reportLine(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const at = lines.findIndex((one) => /^(fatal|error): /.test(one));
  const first = lines.at(at) ?? '';
  // Some messages give the reason on the next line.
  const line = at !== -1 && first.endsWith(':') ? `${first} ${lines[at + 1] ?? ''}` : first;
  return oneLine(line.replace(/^(fatal|error): /, '').replace(/\.$/, ''));
}
