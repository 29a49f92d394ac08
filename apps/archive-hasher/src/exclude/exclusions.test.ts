import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrorHome } from '@crates-mirror/layout';
import { toBytePath } from '../byte-path.ts';
import { checkPattern, Exclusions, shownRule } from './exclusions.ts';
import { MIRROR_STATE } from './mirror-state.ts';
import { PathPattern } from './path-pattern.ts';

function matching(text: string, paths: readonly string[]): string[] {
  const pattern = PathPattern.parse(text);
  if (typeof pattern === 'string') throw new Error(pattern);
  return paths.filter((path) => pattern.matches(toBytePath(path)));
}

test('what patterns match', () => {
  const table: [pattern: string, matched: string[], others: string[]][] = [
    ['a', ['a'], ['b/a', 'aa', 'A']],
    ['a/b', ['a/b'], ['a', 'b', 'x/a/b', 'a/b/c']],
    ['./a/b/', ['a/b'], ['a']],
    ['*', ['a', '.hidden', 'ü'], ['a/b']],
    ['*.log', ['.log', 'a.log', 'a.b.log'], ['log', 'a.logs', 'a/b.log']],
    ['a*b*c', ['abc', 'axbxc', 'abbcc'], ['ab', 'ac', 'abcd', 'a/b/c']],
    ['ab*ba', ['abba', 'ab.ba'], ['aba']],
    ['**/a', ['a', 'b/a', 'b/c/a'], ['ba', 'a/b']],
    ['**/.x/*', ['.x/a', 'b/.x/.a'], ['.x', '.x/a/b', 'a']],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'b/a/c']],
    ['a/**/b/**/c', ['a/b/c', 'a/x/b/y/z/c', 'a/b/b/c/c'], ['a/c', 'a/b', 'a/b/c/d']],
    ['**', ['a', 'a/b'], []],
    ['a**b', ['ab', 'axb'], ['a/b']],
    ['\\*\\?\\[\\\\', ['*?[\\'], ['a?[\\']],
    ['ü*', ['ü', 'über'], ['u']],
  ];
  for (const [pattern, matched, others] of table)
    assert.deepEqual(matching(pattern, [...matched, ...others]), matched, pattern);
});

test('a pattern that would surprise is none', () => {
  for (const text of ['', '/', '/a', 'a//b', '../a', 'a/..', './', 'a?', '[ab]', '{a,b}', 'a\\', 'a\\/b'])
    assert.equal(typeof PathPattern.parse(text), 'string', text);
  assert.throws(() => checkPattern('/b'), {
    name: 'UsageError',
    message: "--exclude: '/b' begins with a slash, and is to be relative to the directory",
  });
});

test('no pattern takes long, hostile ones included', () => {
  const text = `${'**/'.repeat(300)}${'*a'.repeat(2000)}/b`;
  assert.deepEqual(matching(text, [`${'x/'.repeat(500)}${'a'.repeat(5000)}`]), []);
});

test('of what a mirror keeps for itself only its marker and the record of removals are taken in', () => {
  const exclusions = new Exclusions([MIRROR_STATE, { pattern: '*.tmp' }]);
  const { root: _, removalsFile, ...places } = mirrorHome('');
  // The content of an excluded directory is excluded, too.
  const tops = new Set(Object.values(places).map((path) => path.split('/').slice(0, 2).join('/')));
  for (const path of tops) assert.ok(exclusions.leavesOut(path), path);
  const others = ['.crates-mirror/quarantine', '.crates-mirror/index-cloner.json', 'sub/.crates-mirror/lock'];
  for (const path of [...others, 'a.tmp']) assert.ok(exclusions.leavesOut(path), path);
  for (const path of [
    '.crates-mirror',
    '.crates-mirror/mirror.json',
    removalsFile,
    'se/rd/serde-1.0.0.crate',
    'b/a.tmp',
  ])
    assert.ok(!exclusions.leavesOut(path), path);
  assert.deepEqual(
    exclusions.leftOut.map((rule) => [shownRule(rule), rule.count]),
    [
      ['**/.crates-mirror/* but mirror.json, site.json and removals.jsonl', tops.size + others.length],
      ['*.tmp', 1],
    ],
  );
  assert.ok(exclusions.emptiesDirectory('.crates-mirror') && exclusions.emptiesDirectory('a/.crates-mirror'));
  assert.ok(!exclusions.emptiesDirectory('se'));
});
