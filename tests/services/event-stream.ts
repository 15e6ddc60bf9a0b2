/** One event of a server-sent event stream. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Reads a stream as a client would, for as long as `until` does not say that it has seen enough. */
export async function readStream(
  url: string,
  until: (events: readonly StreamEvent[]) => boolean,
  timeoutMs = 15_000,
): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`gave up after ${events.length} events`)),
    timeoutMs,
  );
  try {
    const { body } = await fetch(url, { signal: controller.signal });
    let text = '';
    for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      events.push(...blocks.flatMap((block) => parseEvent(block)));
      if (until(events)) break;
    }
    return events;
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

function parseEvent(block: string): StreamEvent[] {
  const fields = new Map(
    block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]),
  );
  const data = fields.get('data');
  if (data === undefined) return [];
  return [{ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) }];
}
