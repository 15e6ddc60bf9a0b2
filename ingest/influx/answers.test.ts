import { describe, expect, it } from 'vitest';
import { type Reply, replyOf } from './answers.ts';

const nowMs = Date.parse('2026-11-22T00:00:00Z');
const reply = (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  replyOf({ status, headers, text: typeof body === 'string' ? body : JSON.stringify(body) }, nowMs);

/** What InfluxDB 2 says in its own form. */
const second = (code: string, message: string, more: object = {}) => ({ code, message, ...more });
const conflict =
  'field type conflict: input field "v" on measurement "m" is type string, already exists as type float';
const ofField = { by: 'field', measurement: 'm', field: 'v', type: 'float' };
// 2.7.12 as its documentation quotes it; later ones and 1.12 say the same of points too far ahead ("Upper Bound").
const outside = (bound: string) =>
  `partial write: dropped 4 points outside retention policy of duration 24h0m0s - oldest point home,room=Living\\ Room at 1970-01-01T00:00:01.541Z dropped because it violates a ${bound} at 2025-05-20T19:06:17.612973Z, newest point home,room=Living\\ Room at 1970-01-01T00:00:01.5410006Z dropped because it violates a ${bound} at 2025-05-20T19:06:17.612973Z dropped=4 for database: 9f282d63c7d3a5c0 for retention policy: autogen`;

describe('points are refused', () => {
  it.each([
    // Read off a 1.6.7:
    ['1.6 type', 400, { error: `partial write: ${conflict} dropped=2` }, 2, ofField],
    [
      '1.6 retention',
      400,
      { error: 'partial write: points beyond retention policy dropped=3' },
      3,
      { by: 'time', count: 3, end: 'oldest' },
    ],
    [
      '1.6 values of a tag',
      400,
      {
        error:
          'partial write: max-values-per-tag limit exceeded (5/5): measurement="t" tag="a" value="v9" dropped=1',
      },
      1,
      { by: 'nothing' },
    ],
    [
      '1.6 series',
      400,
      { error: 'partial write: max-series-per-database limit exceeded: (12) dropped=9' },
      9,
      { by: 'nothing' },
    ],
    [
      '1.6 a tag called time',
      400,
      { error: 'partial write: invalid tag key: input tag "time" on measurement "m" is invalid dropped=1' },
      1,
      { by: 'nothing' },
    ],
    // 1.x, tsdb/shard.go, where a batch is in conflict with itself:
    ['1.x type within a batch', 400, { error: conflict }, undefined, ofField],
    // 2.x, http/legacy/write_handler.go: internal error at first, unprocessable entity since 2.1.
    [
      '2.0 type',
      500,
      second(
        'internal error',
        `unexpected error writing points to database: partial write: ${conflict} dropped=1`,
      ),
      1,
      ofField,
    ],
    [
      '2.7 type',
      422,
      second(
        'unprocessable entity',
        `failure writing points to database: partial write: ${conflict} dropped=1224`,
      ),
      1224,
      ofField,
    ],
    [
      '2.7 retention',
      422,
      second(
        'unprocessable entity',
        `failure writing points to database: ${outside('Retention Policy Lower Bound')}`,
      ),
      4,
      { by: 'time', count: 4, end: 'oldest' },
    ],
    [
      '1.12 too far ahead',
      400,
      { error: outside('Write Window Upper Bound') },
      4,
      { by: 'time', count: 4, end: 'newest' },
    ],
    [
      '2.x line number',
      400,
      second('invalid', 'failed to parse line protocol', { line: 2 }),
      undefined,
      { by: 'line', line: 2 },
    ],
  ])('%s', (_, status, body, dropped, suspicion) => {
    expect(reply(status, body)).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(new RegExp(`^${status} `)),
      ...(dropped !== undefined && { dropped }),
      suspicion,
    });
  });

  it.each([
    ['1.6, none could be read', 400, { error: "unable to parse 'garb,': missing tag key" }],
    [
      '1.6, the others are stored',
      400,
      {
        error:
          "partial write: unable to parse 'm v= 1': missing field value\nunable to parse 'x': y dropped=0",
      },
    ],
    ['2.7, nothing is stored', 400, second('invalid', "unable to parse 'm v= 1': missing field value")],
  ])('because they cannot be read: %s', (_, status, body) => {
    const { kind, ...rest } = reply(status, body);
    expect(kind).toBe('refused');
    expect(rest).toMatchObject({
      suspicion: { by: 'text', message: expect.stringContaining('unable to parse') },
    });
    expect(rest).not.toHaveProperty('dropped');
  });

  it('with a reason that is not endless', () => {
    const long = reply(400, { error: `partial write: ${'x'.repeat(5000)} dropped=1` });
    expect('reason' in long && long.reason.length).toBeLessThan(400);
  });
});

describe('nothing is known about the points', () => {
  it.each([
    ['1.6 database', 404, { error: 'database not found: "stadtpegel"' }, true],
    ['1.6 policy', 500, { error: 'retention policy not found: readings' }, true],
    ['2.7 mapping', 404, second('not found', 'no dbrp mapping found'), true],
    ['2.7 bucket', 404, second('not found', 'bucket "9f282d63c7d3a5c0" not found'), true],
    ['1.6 login', 401, { error: 'authorization failed' }, false],
    ['1.6 rights', 403, { error: '"us" user is not authorized to write to database "stadtpegel"' }, false],
    ['2.7 token', 401, second('unauthorized', 'unauthorized access'), false],
    ['2.7 rights', 403, second('forbidden', 'insufficient permissions for write'), false],
    ['1.x timeout', 500, { error: 'timeout' }, false],
    ['1.x cache', 500, { error: 'engine: cache-max-memory-size exceeded: (1073741900/1073741824)' }, false],
    [
      '2.x cache',
      500,
      second(
        'internal error',
        'unexpected error writing points to database: engine: cache-max-memory-size exceeded: (11/10)',
      ),
      false,
    ],
    ['1.x shard', 400, { error: 'partial write: shard 17 is pending deletion dropped=1' }, false],
    ['1.x consistency', 500, { error: 'partial write' }, false],
    ['1.6 setup', 400, { error: 'database is required' }, false],
    ['a proxy', 400, '<html>Bad Request', false],
    ['a proxy away', 502, '<html>Bad Gateway', false],
    ['busy', 429, second('too many requests', 'org 1 has exceeded limited_write plan limit'), false],
    ['throttled', 503, 'request throttled, exceeded max-enqueued-write-limit', false],
    ['moved', 301, '', false],
  ])('%s', (_, status, body, schema) => {
    const later = reply(status, body);
    expect(later).toMatchObject({ kind: 'later', schema });
    expect('reason' in later && later.reason).toMatch(new RegExp(`^${status} `));
  });

  it('and the operator is told what to do where waiting does not help', () => {
    expect(reply(401, { error: 'authorization failed' })).toMatchObject({
      reason: expect.stringContaining('STADTPEGEL_INFLUX_TOKEN_FILE'),
    });
    expect(reply(404, second('not found', 'no dbrp mapping found'))).toMatchObject({
      reason: expect.stringContaining('create the buckets'),
    });
  });

  it.each([
    ['2', 2000],
    ['86400', 300_000],
    ['0', undefined],
    ['-1', undefined],
    ['soon', undefined],
    ['Sun, 22 Nov 2026 00:00:07 GMT', 7000],
    ['Sat, 21 Nov 2026 00:00:00 GMT', undefined],
  ])('Retry-After: %s', (value, retryAfterMs) => {
    const later = reply(429, '', { 'retry-after': value });
    expect('retryAfterMs' in later ? later.retryAfterMs : undefined).toBe(retryAfterMs);
  });
});

it('204 is stored, 413 is too large', () => {
  expect(reply(204, '')).toEqual({ kind: 'stored' });
  expect(reply(413, { error: 'Request Entity Too Large' })).toEqual({ kind: 'too-large' });
  expect(reply(413, second('request too large', 'unable to read data: points batch is too large'))).toEqual({
    kind: 'too-large',
  });
});
