import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTarget } from './target.ts';

test('targets, decoded once', () => {
  const table: [string, ReturnType<typeof parseTarget>][] = [
    ['/', { segments: [''], query: '' }],
    ['/index/se/rd/serde', { segments: ['index', 'se', 'rd', 'serde'], query: '' }],
    ['/crates/a/', { segments: ['crates', 'a', ''], query: '' }],
    ['/a-1.0.0+b.crate', { segments: ['a-1.0.0+b.crate'], query: '' }],
    ['/a-1.0.0%2Bb.crate', { segments: ['a-1.0.0+b.crate'], query: '' }],
    ['/%61?q=%2e', { segments: ['a'], query: 'q=%2e' }],
    ['http://mirror.example/index/config.json?', { segments: ['index', 'config.json'], query: '' }],
    ['/%252e%252e', { segments: ['%2e%2e'], query: '' }],
    ['*', 400],
    ['', 400],
    ['index', 400],
    ['/../etc/passwd', 400],
    ['/a/./b', 400],
    ['/%2e%2e/b', 400],
    ['/a%2fb', 400],
    ['/a%5Cb', 400],
    ['/a%00', 400],
    ['/a%0a', 400],
    ['/%zz', 400],
    ['/%ff', 400],
    [`/${'a'.repeat(2048)}`, 414],
  ];
  for (const [url, target] of table) assert.deepEqual(parseTarget(url), target, url);
});

test('no target has a segment that leads anywhere but straight down', () => {
  const piece = fc.constantFrom(
    '/',
    '..',
    '.',
    '%2e',
    '%2F',
    '%5c',
    '%00',
    '%25',
    'a',
    '?',
    '\\',
    '#',
    'http://x',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => `/${pieces.join('')}`),
      ),
      (url) => {
        const target = parseTarget(url);
        if (typeof target === 'number') return;
        for (const segment of target.segments) assert.doesNotMatch(segment, /^\.\.?$|[/\\\p{Cc}]/u);
      },
    ),
  );
});
