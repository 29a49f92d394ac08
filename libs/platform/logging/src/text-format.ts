import { styleText } from 'node:util';

const LEVELS: Readonly<Record<number, { name: string; color: 'gray' | 'cyan' | 'yellow' | 'red' }>> = {
  20: { name: 'DEBUG', color: 'gray' },
  30: { name: 'INFO', color: 'cyan' },
  40: { name: 'WARN', color: 'yellow' },
  50: { name: 'ERROR', color: 'red' },
};
const HIDDEN: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'tool']);

/**
 * Formats a JSON line of pino for people: `2026-11-22T10:00:00Z INFO message key=value`. Values
 * with spaces, quotes or control characters are quoted as JSON, so that they cannot forge a line.
 */
export function formatAsText(jsonLine: string, color: boolean): string {
  const record = JSON.parse(jsonLine) as Record<string, unknown>;
  const level = LEVELS[record['level'] as number] ?? { name: String(record['level']), color: 'gray' };
  const time = new Date(record['time'] as number).toISOString().replace(/\.\d+Z$/, 'Z');
  const name = color ? styleText(level.color, level.name, { validateStream: false }) : level.name;
  const message = plain(String(record['msg'] ?? ''));
  const fields = Object.entries(record)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => ` ${key}=${fieldValue(value)}`);
  return `${time} ${name} ${message}${fields.join('')}\n`;
}

function plain(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, ' ');
}

function fieldValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=\p{Cc}]+$/u.test(text) ? text : JSON.stringify(text);
}
