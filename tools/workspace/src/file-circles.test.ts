import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { findFileCircles, findRoomCircles } from './file-circles.ts';
import { type Project, readProjects } from './project-graph.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../..');

function project(imports: readonly (readonly [from: string, specifier: string])[]): Project {
  return {
    name: '@crates-mirror/a',
    root: 'apps/a',
    declared: [],
    entries: [],
    imports: imports.map(([from, specifier]) => ({ file: `apps/a/src/${from}`, specifier })),
  };
}

test('no files and no folders of this repository import each other in a circle', () => {
  const projects = readProjects(REPOSITORY);
  assert.deepEqual(findFileCircles(projects), []);
  assert.deepEqual(findRoomCircles(projects), []);
});

test('a circle of files is found, however long', () => {
  const circle = project([
    ['a.ts', './b.ts'],
    ['b.ts', './inner/c.ts'],
    ['inner/c.ts', '../a.ts'],
    ['d.ts', './a.ts'],
  ]);
  assert.deepEqual(findFileCircles([circle]), [
    'apps/a/src/a.ts → apps/a/src/b.ts → apps/a/src/inner/c.ts → apps/a/src/a.ts',
  ]);
});

test('files that several others import are no circle, and a test may import what it tests', () => {
  const tree = project([
    ['a.ts', './b.ts'],
    ['a.ts', './c.ts'],
    ['b.ts', './c.ts'],
    ['c.test.ts', './a.ts'],
    ['a.ts', './c.test.ts'],
    ['a.ts', 'node:fs'],
  ]);
  assert.deepEqual(findFileCircles([tree]), []);
});

test('a circle of folders is found where no files are in one', () => {
  const rooms = project([
    ['lane/fetch/a.ts', '../store/b.ts'],
    ['lane/store/c.ts', '../fetch/d.ts'],
    ['lane/lane.ts', './fetch/a.ts'],
    ['lane/fetch/d.ts', '../target.ts'],
  ]);
  assert.deepEqual(findFileCircles([rooms]), []);
  assert.deepEqual(findRoomCircles([rooms]), ['apps/a: lane/fetch → lane/store → lane/fetch']);
});
