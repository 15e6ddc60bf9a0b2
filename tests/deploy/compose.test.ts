/** docker-compose.yml against what it stands on: the code's settings, the files it mounts, the ports and paths that exist. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { cityApiConfig } from '#city-api';
import { ingestConfig } from '#ingest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');

const serviceSchema = z.object({
  image: z.string().optional(),
  build: z.object({ context: z.string() }).optional(),
  restart: z.string(),
  security_opt: z.array(z.string()),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  secrets: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ environment: z.string() })),
});

const composeText = text('docker-compose.yml');
const compose = composeSchema.parse(parse(composeText, { merge: true }));
const services = Object.entries(compose.services).map(([name, service]) => ({ name, ...service }));
const dockerfile = text('Dockerfile');
const secretNames = Object.keys(
  z.record(z.string(), z.string()).parse(JSON.parse(text('deploy/secrets.json'))),
);

/** Container ports are published from the machine's own address, so that nothing is open by accident. */
const published = services.flatMap(({ ports }) =>
  ports.map((port) => /^127\.0\.0\.1:(\d+):(\d+)(?:\/udp)?$/.exec(port)?.slice(1).map(Number)),
);

/** Sources and targets of what is mounted; sources with a variable as they are without it. */
const mounts = services.flatMap(({ name, volumes }) =>
  volumes.map((volume) => {
    const [source = '', target = ''] = volume.replace(/\$\{\w+:-([^}]*)\}/, '$1').split(':');
    return { name, source, target };
  }),
);

describe('docker-compose.yml', () => {
  it('gives dclint nothing to say', () => {
    const lint = () =>
      execFileSync('node_modules/.bin/dclint', ['--max-warnings', '0', 'docker-compose.yml'], { cwd: root });
    expect(lint).not.toThrow();
  });

  it.each(services)('keeps $name up, checked and without new privileges', (service) => {
    expect(service.restart).toBe('unless-stopped');
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    const checked = service.build ? dockerfile.includes('\nHEALTHCHECK ') : service.healthcheck !== undefined;
    expect(checked).toBe(true);
  });

  it.each(services.filter(({ image }) => image !== undefined))('pins $image', ({ image }) => {
    expect(image).toMatch(/^[\w./-]+:\d+\.\d+(\.\d+)?(-alpine)?$/);
  });

  it('mounts only what exists, or volumes it names', () => {
    const absent = mounts.filter(({ source }) =>
      source.startsWith('.') ? !existsSync(join(root, source)) : !Object.hasOwn(compose.volumes, source),
    );
    expect(absent).toEqual([]);
    expect(mounts.map(({ source }) => source)).toEqual(expect.arrayContaining(Object.keys(compose.volumes)));
  });

  it('publishes on this machine only, each port once', () => {
    const hostPorts = published.map((ports) => ports?.[0]);
    expect(hostPorts).not.toContain(undefined);
    expect(new Set(hostPorts).size).toBe(hostPorts.length);
  });

  it('names networks that exist, or those of another service', () => {
    for (const { networks, network_mode: mode } of services) {
      if (mode === undefined) expect(networks).not.toEqual([]);
      else expect(Object.keys(compose.services)).toContain(mode.replace(/^service:/, ''));
      expect(Object.keys(compose.networks)).toEqual(expect.arrayContaining(networks));
    }
  });
});

describe('secrets', () => {
  it('are those of deploy/secrets.json, each needed, none with a default', () => {
    const asked = [...composeText.matchAll(/\$\{(\w+):\?run stadtpegel init\}/g)].map(([, name]) => name);
    const fromEnvironment = Object.values(compose.secrets).map(({ environment }) => environment);
    expect([...new Set([...asked, ...fromEnvironment])].toSorted()).toEqual(secretNames.toSorted());
  });

  it('are the only passwords', () => {
    const passwords = services.flatMap(({ environment }) =>
      Object.entries(environment).filter(([name]) => /PASSWORD$|SECRET$|AUTH$/.test(name)),
    );
    expect(passwords.filter(([, value]) => !/^\$\{\w+:\?run stadtpegel init\}$/.test(value))).toEqual([]);
  });

  it('reach ChirpStack by names of which none begins another, since it puts them in one by one', () => {
    const inFiles = ['chirpstack.toml', 'region_eu868.toml'].flatMap((file) =>
      [
        ...text(`deploy/chirpstack/server/${file}`)
          .replaceAll(/^ *#.*/gm, '')
          .matchAll(/\$(\w+)/g),
      ].map(([, name = '']) => name),
    );
    const given = Object.keys(compose.services.chirpstack?.environment ?? {});
    expect([...new Set(inFiles)].toSorted()).toEqual(given.toSorted());
    expect(given.filter((name) => given.some((other) => other !== name && name.startsWith(other)))).toEqual(
      [],
    );
  });

  it('are mounted where Stadtpegel looks for them', () => {
    const { secrets = [], environment = {} } = compose.services.stadtpegel ?? {};
    const files = Object.entries(environment).flatMap(([name, value]) =>
      name.endsWith('_FILE') ? [value] : [],
    );
    expect(files.toSorted()).toEqual(secrets.map((secret) => `/run/secrets/${secret}`).toSorted());
    expect(Object.keys(compose.secrets)).toEqual(expect.arrayContaining(secrets));
  });
});

describe('the service stadtpegel', () => {
  const { environment = {}, ports = [] } = compose.services.stadtpegel ?? {};
  const apiPort = cityApiConfig.shape.apiPort.parse(undefined);
  const caddyfile = text('deploy/proxy/Caddyfile');

  it('is given settings that exist', () => {
    const known = [...text('deploy/stadtpegel.env.sample').matchAll(/^#?(STADTPEGEL_\w+)=/gm)].map(
      ([, name]) => name,
    );
    const inImage = [...dockerfile.matchAll(/STADTPEGEL_\w+(?==)/g)].map(([name]) => name);
    const given = [...Object.keys(environment), ...inImage];
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('is given what it cannot do without', () => {
    const required = [...text('deploy/stadtpegel.env.sample').matchAll(/^(STADTPEGEL_\w+)=/gm)].map(
      ([, name]) => name,
    );
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(required));
  });

  it('keeps its data in a volume', () => {
    const folder = /STADTPEGEL_DATA_DIR=(\S+)/.exec(dockerfile)?.[1];
    expect(mounts).toContainEqual({ name: 'stadtpegel', source: 'stadtpegel', target: folder });
  });

  it('finds its parts by the names of their services', () => {
    for (const name of ['STADTPEGEL_MQTT_URL', 'STADTPEGEL_INFLUX_URL']) {
      expect(Object.keys(compose.services)).toContain(new URL(environment[name] ?? '').hostname);
    }
  });

  it('is reached through the proxy, on the port everyone knows', () => {
    const proxyPort = /^:(\d+) \{$/m.exec(caddyfile)?.[1];
    expect(caddyfile).toContain(`reverse_proxy 127.0.0.1:${apiPort}\n`);
    expect(ports).toEqual([`127.0.0.1:${apiPort}:${proxyPort}`]);
    expect(compose.services.proxy?.healthcheck?.test.at(-1)).toBe(
      `http://127.0.0.1:${proxyPort}/health/live`,
    );
    expect(dockerfile).toContain(`http://127.0.0.1:${apiPort}/health/live`);
  });

  it('finds in a new InfluxDB the database and the policies it would make itself', () => {
    const statements = text('deploy/influxdb/retention.iql');
    const { influxDatabase, readingsRetention, uplinksRetention } = ingestConfig.shape;
    const database = influxDatabase.parse(undefined);
    expect(compose.services.influxdb?.environment.INFLUXDB_DB).toBe(database);
    const made = [...statements.matchAll(/POLICY "(\w+)" ON "(\w+)" DURATION (\w+)/g)].map(
      ([, ...facts]) => facts,
    );
    expect(made).toEqual([
      ['readings', database, readingsRetention.parse(undefined)],
      ['uplinks', database, uplinksRetention.parse(undefined)],
      // Means are kept for ever.
      ['means_15m', database, '0s'],
      ['means_1h', database, '0s'],
    ]);
  });
});

describe('Grafana', () => {
  it('reads as a user who exists, from a service that exists', () => {
    const { environment = {} } = compose.services.influxdb ?? {};
    const source = z
      .object({
        datasources: z.tuple([
          z.object({ url: z.url(), user: z.string(), secureJsonData: z.object({ password: z.string() }) }),
        ]),
      })
      .parse(parse(text('deploy/grafana/compose/stadtpegel.yaml'))).datasources[0];
    expect(new URL(source.url).hostname).toBe('influxdb');
    expect(source.user).toBe(environment.INFLUXDB_READ_USER);
    const variable = source.secureJsonData.password.replace(/^\$/, '');
    expect(compose.services.grafana?.environment).toHaveProperty(variable);
    expect(environment.INFLUXDB_READ_USER_PASSWORD).toContain(`{${variable}:`);
  });

  it('finds dashboards where its provider looks', () => {
    const provider = text('deploy/grafana/provisioning/dashboards/stadtpegel.yaml');
    const target = mounts.find(({ source }) => source.endsWith('provisioning/dashboards'))?.target;
    expect(provider).toContain(`path: ${target}\n`);
  });
});
