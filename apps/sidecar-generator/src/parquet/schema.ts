import type { SchemaElement } from 'hyparquet-writer';

/**
 * Version of the file format, which each partition records. After a change, all partitions are
 * rewritten.
 */
export const SCHEMA_VERSION = 1;

type Repetition = 'REQUIRED' | 'OPTIONAL';

/**
 * The columns of a partition (docs/formats.md), in Parquet's flattened tree.
 *
 * @param hasRaw whether original lines are kept
 */
export function partitionSchema(hasRaw: boolean): SchemaElement[] {
  const columns = [
    [text('name')],
    [text('vers')],
    [{ name: 'line', type: 'INT32', repetition_type: 'REQUIRED' } as const],
    [boolean('yanked')],
    [text('cksum')],
    [text('links', 'OPTIONAL')],
    [text('rust_version', 'OPTIONAL')],
    [
      {
        name: 'pubtime',
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        repetition_type: 'OPTIONAL',
      } as const,
    ],
    [{ name: 'v', type: 'INT32', repetition_type: 'OPTIONAL' } as const],
    list('deps', 'REQUIRED', dependency()),
    featureMap('features', 'REQUIRED'),
    featureMap('features2', 'OPTIONAL'),
    ...(hasRaw ? [[text('raw')]] : []),
  ];
  return [{ name: 'version', num_children: columns.length }, ...columns.flat()];
}

function dependency(): SchemaElement[] {
  const fields = [
    [text('name')],
    [text('req')],
    list('features', 'REQUIRED', [text('element')]),
    [boolean('optional')],
    [boolean('default_features')],
    [text('target', 'OPTIONAL')],
    [text('kind')],
    [text('registry', 'OPTIONAL')],
    [text('package', 'OPTIONAL')],
  ];
  return [{ name: 'element', repetition_type: 'REQUIRED', num_children: fields.length }, ...fields.flat()];
}

function text(name: string, repetition_type: Repetition = 'REQUIRED'): SchemaElement {
  return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type };
}

function boolean(name: string): SchemaElement {
  return { name, type: 'BOOLEAN', repetition_type: 'REQUIRED' };
}

/** Parquet's three-level list (LogicalTypes.md, "Lists"). */
function list(name: string, repetition_type: Repetition, element: readonly SchemaElement[]): SchemaElement[] {
  return [
    { name, repetition_type, converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element,
  ];
}

/** A map from feature names to the lists that they enable (LogicalTypes.md, "Maps"). */
function featureMap(name: string, repetition_type: Repetition): SchemaElement[] {
  return [
    { name, repetition_type, converted_type: 'MAP', num_children: 1 },
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    text('key'),
    ...list('value', 'REQUIRED', [text('element')]),
  ];
}
