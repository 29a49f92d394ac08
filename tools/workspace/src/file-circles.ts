import { dirname, join, normalize } from 'node:path';
import type { Project } from './project-graph.ts';

/**
 * Circular imports between files of one package, including type imports. Tests are left out, since
 * nothing imports them.
 *
 * @returns a line for each circle, like `a.ts → b.ts → a.ts`, with paths relative to the repository
 */
export function findFileCircles(projects: readonly Project[]): string[] {
  return projects.flatMap((project) => circlesOf(relativeImports(project)));
}

function relativeImports({ imports }: Project): Map<string, string[]> {
  const byFile = new Map<string, string[]>();
  for (const { file, specifier } of imports) {
    if (!specifier.startsWith('.') || file.endsWith('.test.ts')) continue;
    const imported = normalize(join(dirname(file), specifier));
    byFile.set(file, [...(byFile.get(file) ?? []), imported]);
  }
  return byFile;
}

function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const finished = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (finished.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...path, file]);
    finished.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return circles;
}

/**
 * The room of a file: its folder below its package's `src`, like `lane/fetch`; empty for files in
 * `src` itself.
 */
function roomOf(file: string): string {
  return dirname(file).split('/src').slice(1).join('/src').slice(1);
}

/**
 * Circular imports between folders of one package. Imports between a folder and the folders within
 * it do not count, since they form one unit on two levels.
 *
 * @returns a line for each circle, like `apps/downloader: lane/fetch → lane/store → lane/fetch`
 */
export function findRoomCircles(projects: readonly Project[]): string[] {
  return projects.flatMap((project) => {
    const rooms = new Map<string, Set<string>>();
    for (const [file, imported] of relativeImports(project)) {
      const from = roomOf(file);
      for (const to of imported.map(roomOf)) {
        if (isWithin(from, to) || isWithin(to, from)) continue;
        rooms.set(from, (rooms.get(from) ?? new Set()).add(to));
      }
    }
    const edges = new Map([...rooms].map(([room, others]) => [room, [...others]]));
    return circlesOf(edges).map((circle) => `${project.root}: ${circle}`);
  });
}

function isWithin(room: string, other: string): boolean {
  return other === '' || room === other || room.startsWith(`${other}/`);
}
