import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDailyWindows } from '@crates-mirror/cli/daily-windows';
import { RunWindow, type WindowState } from './run-window.ts';
import { clockText, windowText } from './window-text.ts';

/** A moment in local time, whatever the time zone. */
function local(time: string, day = 10): number {
  const [hours, minutes] = time.split(':').map(Number);
  return new Date(2026, 5, day, hours, minutes).getTime();
}

test('a run learns when its window opens and closes, to the minute', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: local('21:00') });
  const events: string[] = [];
  const note = ({ isOpen, until = 0 }: WindowState): void =>
    void events.push(`${clockText(Date.now())} ${isOpen ? 'opens' : 'closes'} until ${clockText(until)}`);
  const window = new RunWindow(parseDailyWindows('22:00-06:00'), note);
  assert.deepEqual(window.state, { isOpen: false, until: local('22:00') });
  for (let minutes = 0; minutes < 10 * 60; minutes++) t.mock.timers.tick(60_000);
  assert.deepEqual(events, ['22:00 opens until 06:00', '06:00 closes until 22:00']);
  window.stop();
  t.mock.timers.tick(24 * 3_600_000);
  assert.equal(events.length, 2);
});

test('a machine that slept, or whose clock was set, is noticed soon', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: local('12:00') });
  const events: boolean[] = [];
  const window = new RunWindow(parseDailyWindows('22:00-06:00'), ({ isOpen }) => void events.push(isOpen));
  t.after(() => window.stop());
  t.mock.timers.setTime(local('23:00'));
  t.mock.timers.tick(60_000);
  assert.deepEqual(events, [true]);
});

test('what the log says of a window', () => {
  const now = local('20:00');
  const say = (state: WindowState): string => windowText('22:00-06:00', state, now);
  assert.equal(
    say({ isOpen: false, until: local('22:00') }),
    '--window 22:00-06:00: no request is sent until 22:00 (2h 00m). Work in progress is finished',
  );
  assert.equal(say({ isOpen: true, until: local('06:00', 11) }), '--window 22:00-06:00: open until 06:00');
  assert.equal(say({ isOpen: true, until: undefined }), '--window 22:00-06:00: open');
  assert.equal(clockText(local('02:30', 12), now), '2026-06-12 02:30');
});
