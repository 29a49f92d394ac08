import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError, describeError, errorCode, errorMessage, oneLine, UsageError } from './index.ts';

test('a message and its hint become one line', () => {
  const error = new UsageError("--out 'x' is a file", { hint: 'Name a directory' });
  assert.equal(describeError(error), "--out 'x' is a file. Name a directory");
  assert.equal(describeError(new UsageError('where?', { hint: 'There' })), 'where? There');
  // A hint may contain a file name.
  assert.equal(describeError(new UsageError('a', { hint: 'b\n\u001b[31mc' })), 'a. b [31mc');
  assert.equal(describeError(new UsageError('it is in .', { hint: 'Go up' })), 'it is in . (Go up)');
  assert.equal(error.code, 'usage');
  assert.equal(error.name, 'UsageError');
});

test('credentials in URLs are redacted, control characters and length tamed', () => {
  assert.equal(
    oneLine('proxy http://bob:secret@proxy.example:3128/ said\nno\u001b[31m'),
    'proxy http://***@proxy.example:3128/ said no [31m',
  );
  assert.equal(oneLine('x'.repeat(2000)).length, 500);
});

test('codes come from our errors, from Node, or are unknown', () => {
  assert.equal(errorCode(new CodedError('bundle_torn', 'x')), 'bundle_torn');
  assert.equal(errorCode(Object.assign(new Error('x'), { code: 'ENOSPC' })), 'ENOSPC');
  assert.equal(errorCode(new Error('x')), 'unknown');
  assert.equal(errorCode(null), 'unknown');
});

test('an empty aggregate shows what it aggregates, once', () => {
  const refused = new Error('connect ECONNREFUSED ::1:1');
  assert.equal(
    errorMessage(new AggregateError([refused, refused, new Error('b')])),
    'connect ECONNREFUSED ::1:1; b',
  );
});
