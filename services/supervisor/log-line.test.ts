import { describe, expect, it } from 'vitest';
import { parseLogLine } from './log-line.ts';

describe('parseLogLine()', () => {
  it('reads a line of dockerd', () => {
    const line = 'time="2026-11-24T00:00:00.1Z" level=info msg="Loading containers: start."';
    expect(parseLogLine(line, 'warn')).toEqual({ level: 'info', message: 'Loading containers: start.' });
  });

  it('keeps the other pairs as fields', () => {
    const line = String.raw`time="2026" level=warning msg="could not \"use\" it" error="no\nluck" id=io.containerd.nri.v1.nri n=3`;
    expect(parseLogLine(line, 'info')).toEqual({
      level: 'warn',
      message: 'could not "use" it',
      fields: { error: 'no\nluck', id: 'io.containerd.nri.v1.nri', n: '3' },
    });
  });

  it('leaves escapes alone that only Go knows', () => {
    expect(parseLogLine(String.raw`time=1 level=error msg="a\x00b"`, 'info').message).toBe(
      String.raw`a\x00b`,
    );
  });

  it('reads a line of pino', () => {
    const line = '{"level":50,"time":1,"pid":7,"hostname":"vm","code":"EPIPE","msg":"gone"}';
    expect(parseLogLine(line, 'info')).toEqual({
      level: 'error',
      message: 'gone',
      fields: { code: 'EPIPE' },
    });
  });

  it.each([
    'panic: runtime error: index out of range',
    'goroutine 1 [running]:',
    'time="2026" level=info msg="cut in the mid',
    'time="2026" level=info',
    'time=',
    '{"level":30,"msg":',
    '{"msg":3}',
    '{',
    '[]',
    'null',
    '=',
    'a"b',
  ])('takes %j as it is', (line) => {
    expect(parseLogLine(line, 'warn')).toEqual({ level: 'warn', message: line });
  });

  it('falls back for a level that it does not know', () => {
    expect(parseLogLine('time=1 level=loud msg=x', 'warn').level).toBe('warn');
    expect(parseLogLine('time=1 level=constructor msg=x', 'warn').level).toBe('warn');
  });

  it('bounds the number of fields', () => {
    const pairs = Array.from({ length: 100 }, (_, i) => `k${i}=v`).join(' ');
    expect(Object.keys(parseLogLine(`time=1 level=info msg=x ${pairs}`, 'info').fields ?? {})).toHaveLength(
      32,
    );
  });

  it('takes time in proportion to the length of a hostile line', () => {
    const line = `time="${'\\'.repeat(8000)}`;
    const start = performance.now();
    for (let i = 0; i < 100; i += 1) parseLogLine(line, 'info');
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
