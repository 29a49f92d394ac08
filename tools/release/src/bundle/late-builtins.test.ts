import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadLate, withoutBuiltinImports } from './late-builtins.ts';

test('modules of Node.js are taken when a bundle is loaded, and only the named members of theirs are read', () => {
  const table: [string, string][] = [
    ['import{a as b,c}from"node:fs";x();', 'const{a:b,c}=process.getBuiltinModule("node:fs");x();'],
    ['x();import y from"node:http2";', 'const y=process.getBuiltinModule("node:http2");x();'],
    ['import*as z from"node:fs/promises";', 'const z=process.getBuiltinModule("node:fs/promises");'],
    [
      'import $,{a as b}from"node:fs";',
      'const $=process.getBuiltinModule("node:fs");const{a:b}=process.getBuiltinModule("node:fs");',
    ],
    ['import{a}from"./x.js";', 'import{a}from"./x.js";'],
  ];
  for (const [text, expected] of table) assert.equal(withoutBuiltinImports(text), expected);
  assert.throws(() => withoutBuiltinImports('import {a} from"node:fs" with {};'), /another form/);
});

test('a commander that imports something else is noticed', () => {
  assert.throws(() => loadLate("import { spawn } from 'node:child_process';"), /in another way/);
});
