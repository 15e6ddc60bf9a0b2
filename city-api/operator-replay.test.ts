import { describe, expect, it } from 'vitest';
import {
  type OperatorPort,
  type ReplayPort,
  type ReplayRequest,
  type ReplayStatus,
  StadtpegelError,
} from '#core';
import { buildOperatorApp } from './app.ts';
import { publicDeps } from './fixtures.ts';

const unused = () => {
  throw new Error('not asked here');
};
const operator: OperatorPort = {
  letters: unused,
  letter: unused,
  lettersInFull: unused,
  redrive: unused,
  redriveAll: unused,
  spool: unused,
};

function statusOf(request: ReplayRequest): ReplayStatus {
  return {
    id: 3,
    request,
    state: 'running',
    startedAtMs: 0,
    uplinksTotal: 1000,
    uplinksDone: 250,
    uplinksPerS: 50,
    notes: ['a note'],
    profiles: [
      {
        profile: 'acme/w1',
        uplinks: 250,
        withheld: 0,
        failed: 0,
        same: 1,
        changed: 2,
        new: 3,
        gone: 4,
        rejected: 0,
        examples: [{ device: 'd', timeMs: 0, quantity: 'co2', after: 400 }],
      },
    ],
  };
}

/** A replay that remembers what it was asked for. */
function fixedReplay() {
  let last: ReplayStatus | undefined;
  const replay: ReplayPort = {
    begin: async (request) => {
      if (last) throw new StadtpegelError('replay_running', 'One at a time.');
      last = statusOf(request);
      return last;
    },
    status: () => last,
    cancel: () => last && { ...last, state: 'cancelled', finishedAtMs: 1000 },
  };
  const app = buildOperatorApp({ ...publicDeps(), operator, replay, timeZone: 'Europe/Berlin' });
  return (method: 'GET' | 'POST', url: string, more = {}) =>
    app.inject({ method, url: `/v1/operator/replay${url}`, headers: { host: '127.0.0.1', ...more } });
}

describe('/v1/operator/replay', () => {
  it('begins one in the city’s time, shows it and ends it', async () => {
    const ask = fixedReplay();
    expect((await ask('GET', '')).json()).toMatchObject({ status: 404, detail: 'There was no replay yet.' });
    const query = 'from=2026-05-01&to=2026-05-04T04:00Z&device=24E124707C123456&dryRun=true';
    const begun = (await ask('POST', `/begin?${query}`)).json();
    expect(begun).toMatchObject({
      id: 3,
      state: 'running',
      from: '2026-04-30T22:00:00.000Z',
      to: '2026-05-04T04:00:00.000Z',
      device: '24e124707c123456',
      profile: null,
      dryRun: true,
      secondsLeft: 15,
      finishedAt: null,
      profiles: [
        { new: 3, failure: null, examples: [{ time: '1970-01-01T00:00:00.000Z', before: null, after: 400 }] },
      ],
    });
    expect((await ask('GET', '')).json()).toEqual(begun);
    expect((await ask('POST', `/begin?${query}`)).json()).toMatchObject({
      status: 409,
      code: 'replay_running',
    });
    expect((await ask('POST', '/cancel')).json()).toMatchObject({ state: 'cancelled' });
  });

  it.each([
    ['from=2026-05-01', 'to'],
    ['from=yesterday&to=2026-05-01', 'from'],
    ['from=2026-05-01&to=2026-05-02&device=x', 'device'],
    ['from=2026-05-01&to=2026-05-02&dryrun=true', 'dryrun'],
  ])('refuses %s', async (query, parameter) => {
    const response = await fixedReplay()('POST', `/begin?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().errors).toMatchObject([{ parameter }]);
  });

  it('is not begun by pages of other sites', async () => {
    const query = '?from=2026-05-01&to=2026-05-04';
    expect(
      (await fixedReplay()('POST', `/begin${query}`, { 'sec-fetch-site': 'cross-site' })).statusCode,
    ).toBe(403);
  });
});
