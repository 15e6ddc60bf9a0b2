import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { eventually, freePort, Program, programPath, temporaryFolder } from './programs.ts';

/** One row of an InfluxQL result. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A real InfluxDB 1.x on a free loopback port with a folder of its own. */
export class InfluxServer {
  readonly port: number;
  readonly #folder: string;
  readonly #remove: () => Promise<void>;
  #program: Program | undefined;

  private constructor(port: number, folder: string, remove: () => Promise<void>) {
    this.port = port;
    this.#folder = folder;
    this.#remove = remove;
  }

  /** @param data settings for the section `[data]` */
  static async create(data: Readonly<Record<string, number>> = {}): Promise<InfluxServer> {
    const { folder, remove } = await temporaryFolder('influxdb');
    const server = new InfluxServer(await freePort(), folder, remove);
    await writeFile(
      path.join(folder, 'influxdb.conf'),
      configuration(folder, server.port, await freePort(), data),
    );
    await server.start();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Process id, while it runs. */
  get pid(): number | undefined {
    return this.#program?.child.pid;
  }

  async start(): Promise<void> {
    const program = new Program(programPath('influxd') ?? 'influxd', [
      '-config',
      path.join(this.#folder, 'influxdb.conf'),
    ]);
    this.#program = program;
    await eventually(async () => {
      if (!program.running) throw new Error(`influxd ended: ${program.output}`);
      const { ok } = await fetch(`${this.url}/ping`);
      if (!ok) throw new Error('no ping');
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.#program?.end(signal);
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.#remove();
  }

  /** Rows of a query, with tags and the measurement (`name`) as columns, times in milliseconds. */
  query(text: string, database = 'stadtpegel'): Promise<Row[]> {
    return queryRows(this.url, text, database);
  }

  /** The single number a query gives; 0 where it gives nothing. */
  async count(text: string): Promise<number> {
    const [row] = await this.query(text);
    return Number(row?.count ?? row?.sum ?? 0);
  }
}

/** As {@link InfluxServer.query}, of any InfluxDB. */
export async function queryRows(
  url: string,
  text: string,
  database: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Row[]> {
  const parameters = new URLSearchParams({ db: database, q: text, epoch: 'ms' });
  const response = await fetch(`${url}/query`, { method: 'POST', body: parameters, headers });
  const { results } = (await response.json()) as {
    results: {
      error?: string;
      series?: { name: string; tags?: Row; columns: string[]; values: (string | number)[][] }[];
    }[];
  };
  return results.flatMap(({ error, series }) => {
    if (error !== undefined) throw new Error(error);
    return (series ?? []).flatMap(({ name, tags, columns, values }) =>
      values.map((row) => ({
        name,
        ...tags,
        ...Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])),
      })),
    );
  });
}

function configuration(
  folder: string,
  port: number,
  rpcPort: number,
  data: Readonly<Record<string, number>>,
): string {
  const more = Object.entries(data).map(([name, value]) => `  ${name} = ${value}`);
  return `
reporting-disabled = true
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${folder}/meta"
  logging-enabled = false
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
${more.join('\n')}
[coordinator]
[retention]
  enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  log-enabled = false
[subscriber]
  enabled = false
[continuous_queries]
  enabled = false
[logging]
  level = "warn"
`;
}
