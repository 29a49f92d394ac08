import { isSwitchedOn } from '@crates-mirror/cli/config';
import type { InForce } from './in-force.ts';

/**
 * Formats the section of one command for a configuration file. A comment after each option names
 * the option's source.
 */
export function sectionText(section: string, options: readonly InForce[]): string {
  const lines = options.map((option) => [`${option.key} = ${valueText(option)}`, option.origin] as const);
  const width = Math.max(0, ...lines.map(([line]) => line.length));
  return [`[${section}]`, ...lines.map(([line, origin]) => `${line.padEnd(width)}  # ${origin}`)].join('\n');
}

function valueText({ texts, isSwitch }: InForce): string {
  if (isSwitch) return String(isSwitchedOn(texts[0] ?? 'true') ?? true);
  const values = texts.map((text) => (/^(?:0|[1-9]\d{0,14})$/.test(text) ? text : JSON.stringify(text)));
  return values.length === 1 ? (values[0] as string) : `[${values.join(', ')}]`;
}
