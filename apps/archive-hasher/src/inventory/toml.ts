import { stringify } from '@iarna/toml';

type Value = string | number | boolean | string[];
type Fields = Readonly<Record<string, Value>>;

const CONTROL = /\p{Cc}/u;

/**
 * @param head `[name]` of a table, or `[[name]]` of an element in an array of tables; empty for the
 * top level
 */
export function tomlTable(head: string, fields: Fields): string {
  const isPlain = Object.values(fields).every((value) => typeof value !== 'string' || !CONTROL.test(value));
  const lines = isPlain ? stringify({ ...fields }) : Object.entries(fields).map(line).join('');
  return `${head === '' ? '' : `${head}\n`}${lines}\n`;
}

function line([key, value]: [string, Value]): string {
  return typeof value === 'string' && CONTROL.test(value)
    ? `${key} = ${basicString(value)}\n`
    : stringify({ [key]: value });
}

/**
 * A basic string of TOML 1.0. It has JSON's escapes, and additionally requires U+007F to be
 * escaped. @iarna/toml 3.0.0 only escapes the first control character of a string.
 */
function basicString(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}
