import type { ChapterResult } from './campaign-run.ts';

/**
 * One chapter's results as lines of text: counts, then each broken promise with the command to
 * reproduce it.
 */
export function reportOf({ chapter, rounds, figures, violations, skipped }: ChapterResult): string {
  if (skipped !== undefined) return `${chapter.name}: skipped, ${skipped}\n`;
  const counts = Object.entries(figures).map(([name, value]) => `  ${name.padEnd(32)} ${format(value)}\n`);
  const broken = violations.map(
    ({ seed, message }) =>
      `  BROKEN, see it again with --chapter ${chapter.name} --seed ${seed} --rounds 1:\n${indent(message)}\n`,
  );
  const head = `${chapter.name}: ${rounds} rounds, ${violations.length} broken. ${chapter.promise}.\n`;
  return [head, ...counts, ...broken].join('');
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
