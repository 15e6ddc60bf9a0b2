import path from 'node:path';
import { Program } from './programs.ts';

/** What a test may set of the platform it starts; the rest is chosen so that nothing of the machine matters. */
export interface PlatformOptions {
  /** Without them it brings its own, and simulates the sensors. */
  readonly mqttUrl?: string;
  readonly influxUrl?: string;
  readonly dataDir: string;
  /** `run` unless told otherwise. */
  readonly command?: string;
  readonly cityDir?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The tree to run from, for tests that change it. */
  readonly root?: string;
  /** Put before the command, e.g. strace and its options. */
  readonly wrapper?: readonly string[];
}

/** The real platform in a process of its own, as `npm start` runs it. */
export class Platform {
  readonly program: Program;
  #api = '';
  #operator = '';

  private constructor(program: Program) {
    this.program = program;
  }

  /** Starts it and waits until it has printed its addresses. */
  static async start(options: PlatformOptions): Promise<Platform> {
    const root = options.root ?? process.cwd();
    const command = [
      ...(options.wrapper ?? []),
      process.execPath,
      path.join(root, 'bin/stadtpegel.mjs'),
      options.command ?? 'run',
    ];
    const program = new Program(command[0] ?? '', command.slice(1), environmentOf(options), root);
    const platform = new Platform(program);
    await platform.ready();
    return platform;
  }

  async ready(): Promise<void> {
    this.#operator = (await this.program.printed(/operator +(http\S+)\/metrics/, 30_000))[1] ?? '';
    this.#api = /API +(http\S+)\//.exec(this.program.output)?.[1] ?? '';
  }

  /** GET of the public API, parsed. */
  async get(pathAndQuery: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.#api}${pathAndQuery}`);
    return { status: response.status, body: await response.json() };
  }

  /** GET of the operator listener, parsed. */
  async operator(pathAndQuery: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${this.#operator}${pathAndQuery}`);
    return { status: response.status, body: await response.json() };
  }

  get url(): string {
    return this.#api;
  }

  get operatorUrl(): string {
    return this.#operator;
  }

  /** Value of a metric, summed over the labels that match. */
  async metric(name: string, label = ''): Promise<number> {
    const text = await (await fetch(`${this.#operator}/metrics`)).text();
    return text
      .split('\n')
      .filter((line) => line.startsWith(`stadtpegel_${name}`) && line.includes(label))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    return this.program.end(signal);
  }
}

function environmentOf({ mqttUrl, influxUrl, dataDir, cityDir, env }: PlatformOptions): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    ...(mqttUrl !== undefined && { STADTPEGEL_MQTT_URL: mqttUrl }),
    ...(influxUrl !== undefined && { STADTPEGEL_INFLUX_URL: influxUrl }),
    STADTPEGEL_EMBEDDED_MQTT_PORT: '0',
    STADTPEGEL_DATA_DIR: dataDir,
    STADTPEGEL_CITY_DIR: cityDir ?? (mqttUrl === undefined ? 'cities/demo' : 'cities/captured'),
    STADTPEGEL_API_PORT: '0',
    STADTPEGEL_OPERATOR_PORT: '0',
    STADTPEGEL_READINGS_RETENTION: '0s',
    STADTPEGEL_UPLINKS_RETENTION: '0s',
    ...env,
  };
}
