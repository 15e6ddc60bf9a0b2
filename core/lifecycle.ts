/** How a component is. `degraded`: it works, but someone should look. */
export interface Health {
  readonly status: 'ok' | 'degraded' | 'down';
  /** For operators: what is wrong, since when, what happens meanwhile. */
  readonly detail?: string;
  readonly sinceMs?: number;
}

/** A part of a running process. Its constructor does nothing; `stop` drains and may be called at any time. */
export interface Component {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Health;
}

/** Starts components in order. When one fails, those already started are stopped in reverse and the failure is thrown. */
export async function startAll(components: readonly Component[]): Promise<void> {
  for (const [index, component] of components.entries()) {
    try {
      await component.start();
    } catch (cause) {
      await stopAll(components.slice(0, index));
      throw cause;
    }
  }
}

/** Stops components in reverse order; a failing one does not keep the others from stopping. */
export async function stopAll(components: readonly Component[]): Promise<void> {
  const failures: unknown[] = [];
  for (const component of components.toReversed()) {
    try {
      await component.stop();
    } catch (cause) {
      failures.push(cause);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'components failed to stop');
}
