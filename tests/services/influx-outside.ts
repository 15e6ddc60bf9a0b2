import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { queryRows, type Row } from './influxdb.ts';
import { freePort } from './programs.ts';

/**
 * An InfluxDB that is there already, of whatever version, named by `STADTPEGEL_TEST_INFLUX_URL` (with `user:password@`
 * where it asks for one) and, for 2.x, `STADTPEGEL_TEST_INFLUX_TOKEN`. Used with a database of our own, which is removed
 * afterwards, and by a way of our own, which can be cut.
 */
export class OutsideInflux {
  readonly database = `stadtpegel_test_${process.pid}_${Date.now()}`;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly #address: URL;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #way: Server | undefined;

  private constructor(address: URL, port: number, token: string | undefined) {
    this.#address = address;
    this.#port = port;
    this.token = token;
    if (address.username !== '') {
      this.username = decodeURIComponent(address.username);
      this.password = decodeURIComponent(address.password);
    }
  }

  /** The one the environment names, if it does. */
  static async named(env: NodeJS.ProcessEnv = process.env): Promise<OutsideInflux | undefined> {
    const { STADTPEGEL_TEST_INFLUX_URL: url, STADTPEGEL_TEST_INFLUX_TOKEN: token } = env;
    if (url === undefined) return undefined;
    const address = new URL(url);
    if (address.protocol !== 'http:') throw new Error('STADTPEGEL_TEST_INFLUX_URL: only http:// can be cut');
    return new OutsideInflux(address, await freePort(), token);
  }

  /** Its address by our own way. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Opens the way. */
  async restore(): Promise<void> {
    const { hostname, port } = this.#address;
    this.#way = createServer((near) => {
      const far = dial(Number(port || 8086), hostname);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => near.destroy()).on('close', () => this.#sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    this.#way.listen(this.#port, '127.0.0.1');
    await once(this.#way, 'listening');
  }

  /** Cuts it, with all that is under way. */
  async cut(): Promise<void> {
    const way = this.#way;
    if (!way) return;
    const closed = once(way, 'close');
    way.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  query(text: string): Promise<Row[]> {
    return queryRows(this.url, text, this.database, this.#headers);
  }

  get #headers(): Record<string, string> {
    if (this.token !== undefined) return { authorization: `Token ${this.token}` };
    if (this.username === undefined) return {};
    const basic = Buffer.from(`${this.username}:${this.password ?? ''}`).toString('base64');
    return { authorization: `Basic ${basic}` };
  }

  /** Removes what we have made, and closes the way. */
  async remove(): Promise<void> {
    if (this.token === undefined) await this.query(`DROP DATABASE "${this.database}"`);
    else await this.#removeBuckets(this.#headers);
    await this.cut();
  }

  /** A mapping goes with its bucket. */
  async #removeBuckets(headers: Record<string, string>): Promise<void> {
    const list = await fetch(`${this.url}/api/v2/buckets?limit=100`, { headers });
    const { buckets } = (await list.json()) as { buckets: { id: string; name: string }[] };
    for (const { id, name } of buckets) {
      if (!name.startsWith(`${this.database}/`)) continue;
      await fetch(`${this.url}/api/v2/buckets/${id}`, { method: 'DELETE', headers });
    }
  }
}
