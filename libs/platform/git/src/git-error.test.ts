import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify, GitError, type GitFailure } from './git-error.ts';

test('a message of git determines what can be done', () => {
  const table: [GitFailure, string[]][] = [
    [
      'git_network',
      [
        "fatal: unable to access 'https://x.example/': Could not resolve host: x.example",
        'fatal: unable to connect to 127.0.0.1:\n127.0.0.1[0: 127.0.0.1]: errno=Connection refused',
        "fatal: unable to access 'https://x/': Failed to connect to x port 443 after 130 ms: Couldn't connect to server",
        'fatal: the remote end hung up unexpectedly',
        'fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
        'error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\nfatal: expected flush after ref listing',
        "fatal: unable to access 'https://x/': The requested URL returned error: 503",
        "fatal: unable to access 'https://x/': The requested URL returned error: 429",
        'fatal: read error: Connection reset by peer',
        "fatal: unable to access 'https://x/': gnutls_handshake() failed: The TLS connection was non-properly terminated.",
        'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights',
        "fatal: unable to access 'http://x/': Received HTTP/0.9 when not allowed",
        'fatal: https://x/info/refs not valid: is this a git repository?',
        // One of several servers may lag behind the others.
        'fatal: remote error: upload-pack: not our ref 68c7cb025226ce5c3d36e3c0f91f1989c7b44439',
        'ssh: connect to host x port 22: Connection timed out\nfatal: Could not read from remote repository.',
      ],
    ],
    [
      'git_refused',
      [
        'fatal: remote error: access denied or repository not exported: /x.git',
        'fatal: remote error:\n  This repository has been disabled.',
        "remote: Repository not found.\nfatal: repository 'https://x/' not found",
        "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
        "fatal: unable to access 'https://x/': The requested URL returned error: 403",
        "fatal: 'x' does not appear to be a git repository",
        "fatal: couldn't find remote ref refs/heads/gone",
        "fatal: transport 'ext' not allowed",
        "fatal: unable to access 'https://x/': SSL certificate problem: unable to get local issuer certificate",
        'x@y: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      ],
    ],
    [
      'git_locked',
      [
        "fatal: Unable to create '/i/.git/index.lock': File exists.\n\nAnother git process seems to be running",
      ],
    ],
    [
      'git_no_permission',
      [
        "error: cannot open '.git/FETCH_HEAD': Permission denied",
        "error: unable to unlink old '3/f/foo': Permission denied\nfatal: Could not reset index file to revision 'x'.",
        "fatal: Unable to create '/i/.git/index.lock': Read-only file system",
      ],
    ],
    [
      'git_not_owned',
      [
        "fatal: detected dubious ownership in repository at '/i'\nTo add an exception for this directory, call:",
      ],
    ],
    [
      'git_no_space',
      [
        'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output',
        'error: unable to write file x: Disk quota exceeded',
        "error: unable to write file se/rd/serde\nfatal: Could not reset index file to revision 'HEAD'.",
      ],
    ],
    [
      'git_corrupt',
      [
        'fatal: .git/index: index file smaller than expected',
        'error: object file .git/objects/ab/cd is empty\nfatal: loose object abcd (stored in .git/objects/ab/cd) is corrupt',
        'fatal: bad object HEAD',
        'fatal: unable to read tree 68c7cb025226ce5c3d36e3c0f91f1989c7b44439',
        'fatal: bad config line 1 in file .git/config',
        'fatal: not a git repository (or any of the parent directories): .git',
      ],
    ],
    ['git_failed', ['fatal: something new', '', 'remote: No space left on device']],
  ];
  for (const [failure, messages] of table) {
    for (const message of messages) assert.equal(classify(message), failure, message);
  }
});

test('an error quotes what git said first of the failure, in one line', () => {
  const said =
    'warning: redirecting\nremote: \u001b[31mhello\nfatal: unable to access https://me:secret@x/: \u0007 no\nhint: more';
  const { code, message } = GitError.of('fetch', 'ended with 128', said);
  assert.equal(code, 'git_failed');
  assert.equal(message, 'git fetch says: unable to access https://***@x/:   no');
  assert.equal(GitError.of('fetch', '', 'fatal: no more.\n').message, 'git fetch says: no more');
  assert.equal(GitError.of('fetch', 'was ended by SIGKILL', '').message, 'git fetch was ended by SIGKILL');
});
