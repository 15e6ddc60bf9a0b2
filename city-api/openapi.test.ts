import { describe, expect, it } from 'vitest';
import { publicApp } from './fixtures.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { description: string; content?: Record<string, unknown> }>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

const document = async () => (await publicApp().inject('/openapi.json')).json();

describe('/openapi.json', () => {
  it('describes every route there is, and only reading', async () => {
    const routes: string[] = [];
    const app = publicApp();
    app.addHook('onRoute', ({ method, url }) => {
      if (method === 'GET') routes.push(url.replaceAll(/:(\w+)/g, '{$1}'));
    });
    await app.ready();
    const paths: Paths = (await document()).paths;
    expect(Object.keys(paths).sort()).toEqual([...new Set(routes)].sort());
    expect(routes.length).toBeGreaterThanOrEqual(14);
    for (const operations of Object.values(paths)) expect(Object.keys(operations)).toEqual(['get']);
  });

  it('gives each operation a name of its own, a summary, a known tag and described answers', async () => {
    const { paths, tags } = await document();
    const operations = Object.values(paths as Paths).flatMap((path) => Object.values(path));
    const known = tags.map(({ name }: { name: string }) => name);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const {
      operationId,
      summary,
      tags: [tag],
      responses,
    } of operations) {
      expect(summary.length, operationId).toBeGreaterThan(5);
      expect(known).toContain(tag);
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect(description, `${operationId} ${status}`).not.toBe('Default Response');
        if (/^4|default/.test(status))
          expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
      }
    }
  });

  it('is the same every time, refers to nothing it lacks and holds nothing unused', async () => {
    const whole = await document();
    expect(await document()).toEqual(whole);
    expect(whole.openapi).toBe('3.1.1');
    const text = JSON.stringify(whole);
    const used = new Set([...text.matchAll(/#\/components\/schemas\/([^"]+)/g)].map(([, name]) => name));
    expect(Object.keys(whole.components.schemas).sort()).toEqual([...used].sort());
    expect([...used].sort()).toEqual([
      'ChargePoint',
      'ChargingStation',
      'EnvironmentStation',
      'History',
      'HistorySeries',
      'Measurement',
      'ParkingBay',
      'ParkingSite',
      'Problem',
      'Readiness',
    ]);
  });

  it('leaves room for answers to grow, and gives parameters with descriptions', async () => {
    const whole = await document();
    expect(JSON.stringify(whole.components)).not.toContain('"additionalProperties":false');
    const { parameters } = whole.paths['/v1/parking/sites/{id}/history'].get;
    expect(parameters.map(({ name }: { name: string }) => name)).toEqual([
      'from',
      'to',
      'bucket',
      'quantity',
      'id',
    ]);
    for (const { name, description } of parameters) expect(description, name).toBeDefined();
    expect(parameters[0]).toMatchObject({
      example: '2026-05-04T00:00:00Z',
      schema: { type: 'string', format: 'date-time' },
    });
    expect(whole.components.schemas.ParkingSite.properties.free).toMatchObject({ type: 'integer' });
  });
});
