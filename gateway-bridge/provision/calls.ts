import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CallOptions,
  type Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { ChirpStackError } from './objects.ts';

/** Where ChirpStack's API is, and how to speak to it. */
export interface Address {
  /** host:port */
  readonly server: string;
  readonly apiKey: string;
  readonly tls: boolean;
  readonly limits?: Partial<CallLimits>;
}

export interface CallLimits {
  /** Of one call. */
  readonly timeoutMs: number;
  readonly attemptsMax: number;
  /** Before the second attempt; doubles with each. */
  readonly backoffMs: number;
}

const usualLimits: CallLimits = { timeoutMs: 10_000, attemptsMax: 5, backoffMs: 250 };

type Answered<A> = (error: ServiceError | null, answer?: A) => void;
/** A method of a generated client in its longest form. */
type Method<Q, A> = (
  request: Q,
  metadata: Metadata | null,
  options: CallOptions | null,
  done: Answered<A>,
) => unknown;

type ClientClass<C> = new (
  address: string,
  security: ReturnType<typeof credentials.createInsecure>,
  options?: object,
) => C;

/** Calls to one ChirpStack: with the API key, a deadline each, and repeated while nobody answers. */
export class Calls {
  readonly #address: Address;
  readonly #limits: CallLimits;
  readonly #metadata = new Metadata();
  readonly #security: ReturnType<typeof credentials.createInsecure>;
  readonly #clients: Client[] = [];

  constructor(address: Address) {
    this.#address = address;
    this.#limits = { ...usualLimits, ...address.limits };
    this.#security = address.tls ? credentials.createSsl() : credentials.createInsecure();
    this.#metadata.set('authorization', `Bearer ${address.apiKey}`);
  }

  /** A client of a service; all of them share one connection. */
  client<C extends Client>(service: ClientClass<C>): C {
    const client = new service(this.#address.server, this.#security, {
      // Else a broken connection is not tried again for longer than all our attempts last.
      'grpc.initial_reconnect_backoff_ms': this.#limits.backoffMs,
      'grpc.max_reconnect_backoff_ms': 2000,
    });
    this.#clients.push(client);
    return client;
  }

  /**
   * Asks, again where nobody answered.
   * @throws {ChirpStackError}
   */
  async ask<Q, A>(method: Method<Q, A>, request: Q): Promise<A> {
    return this.repeated(() => this.once(method, request));
  }

  /** As `ask`; undefined for what is not there. */
  async find<Q, A>(method: Method<Q, A>, request: Q): Promise<A | undefined> {
    return this.ask(method, request).catch((cause: unknown) => {
      if (isNotFound(cause)) return undefined;
      throw cause;
    });
  }

  /**
   * Repeats while nobody answers, with growing pauses. What was asked may have been done all the same, so the work is
   * told which attempt it is.
   */
  async repeated<A>(work: (attempt: number) => Promise<A>): Promise<A> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(attempt);
      } catch (cause) {
        const isAway = cause instanceof ChirpStackError && cause.failure === 'unreachable';
        if (!isAway || attempt >= this.#limits.attemptsMax) throw cause;
        await sleep(this.#limits.backoffMs * 2 ** (attempt - 1));
      }
    }
  }

  /** One attempt. */
  async once<Q, A>(method: Method<Q, A>, request: Q): Promise<A> {
    const deadline = Date.now() + this.#limits.timeoutMs;
    return new Promise<A>((resolve, reject) => {
      method(request, this.#metadata, { deadline }, (error, answer) => {
        if (error === null && answer !== undefined) resolve(answer);
        else reject(this.#errorOf(error));
      });
    });
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #errorOf(error: ServiceError | null): ChirpStackError {
    const { server, tls } = this.#address;
    const detail = error === null ? '' : plain(error.details);
    const failed = (failure: ChirpStackError['failure'], text: string) =>
      new ChirpStackError(failure, text, error === null ? {} : { cause: error });
    switch (error?.code) {
      case status.UNAVAILABLE:
        return failed('unreachable', `nothing answers at ${server} (${detail}): ${whatToLookFor(tls)}`);
      case status.DEADLINE_EXCEEDED:
        return failed(
          'unreachable',
          `${server} did not answer in ${this.#limits.timeoutMs / 1000} s: is it overloaded?`,
        );
      case status.UNAUTHENTICATED:
      case status.PERMISSION_DENIED:
        return failed(
          'unauthenticated',
          `ChirpStack refuses the API key for this (${detail}): it is wrong or deleted, or a tenant’s own, which ` +
            'cannot look for tenants: name the tenant by its id then (--tenant UUID)',
        );
      case status.UNIMPLEMENTED:
        return failed(
          'refused',
          `${server} does not speak ChirpStack’s gRPC API (${detail}): is it another port?`,
        );
      case status.ALREADY_EXISTS:
        return failed('already_exists', `ChirpStack has it already (${detail})`);
      default:
        return failed('refused', `ChirpStack refuses it: ${detail}`);
    }
  }
}

/** What the other side says, without what would move the cursor of a terminal. */
function plain(details: string): string {
  const text = details.replaceAll(/\p{Cc}+/gu, ' ').replace(/\. Resolution note: $/, '');
  return text || 'no reason given';
}

function whatToLookFor(tls: boolean): string {
  const security = tls
    ? 'does it speak TLS, and is its certificate known here (NODE_EXTRA_CA_CERTS names an authority of your own)?'
    : 'does it want --tls?';
  return `is ChirpStack running, is this the port of its API (8080 by default), ${security}`;
}

/** Whether something is not there: the reason of a refusal, told by its cause. */
export function isNotFound(cause: unknown): boolean {
  if (!(cause instanceof ChirpStackError)) return false;
  return cause.cause instanceof Error && 'code' in cause.cause && cause.cause.code === status.NOT_FOUND;
}
