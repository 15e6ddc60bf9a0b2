import type { Json, LoggedUplink, NamedModel, Point, Value } from '#core';

type Fields = Point['fields'];

/** What a row of the radio log says of its uplink: all that does not depend on what the payload means. */
export function loggedOf({ time, tags, fields }: Point): LoggedUplink {
  const object = fields.error === undefined ? undefined : jsonOf(fields.object);
  const named = namedOf(fields);
  const profileId = text(fields, 'profile');
  return {
    kind: 'uplink',
    deduplicationId: text(fields, 'deduplication_id') ?? '',
    devEui: tags.device ?? '',
    devAddr: text(fields, 'dev_addr') ?? '',
    fCnt: number(fields, 'f_cnt'),
    fPort: number(fields, 'f_port'),
    time,
    receivedAtMs: number(fields, 'received_at_ms'),
    anchorMs: typeof fields.anchor_ms === 'number' ? fields.anchor_ms : time,
    flags: flagsOf(fields).includes('clock') ? ['clock'] : [],
    confirmed: fields.confirmed === true,
    dataRate: number(fields, 'data_rate'),
    frequencyHz: number(fields, 'frequency_hz'),
    spreadingFactor: number(fields, 'spreading_factor'),
    gateways: [],
    data: Buffer.from(text(fields, 'payload') ?? '', 'hex'),
    ...(profileId !== undefined && { profileId }),
    ...(named && { named }),
    // Ours where a model decoded it, else ChirpStack's, which is what stands in again should decoding fail again.
    ...(object !== undefined && { object }),
  };
}

/** The times a row's uplink told readings of, beside its own. */
export function historyOf({ fields }: Point): number[] {
  const times = (text(fields, 'history_ms') ?? '').split(' ').map(Number);
  return times.filter((timeMs) => Number.isSafeInteger(timeMs) && timeMs > 0);
}

/** The flags of a row or reading. */
export function flagsOf({ flags }: Fields): string[] {
  return typeof flags === 'string' && flags !== '' ? flags.split(' ') : [];
}

function namedOf(fields: Fields): NamedModel | undefined {
  const deviceProfileName = text(fields, 'device_profile');
  if (deviceProfileName === undefined) return undefined;
  const tags = Object.entries(jsonOf(fields.device_tags) ?? {}).filter(isText);
  return { deviceProfileName, tags: Object.fromEntries(tags) };
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

/** Undefined also where the store had to cut it off. */
function jsonOf(value: Value | undefined): Json | undefined {
  try {
    return typeof value === 'string' ? JSON.parse(value) : undefined;
  } catch {
    return undefined;
  }
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

function number(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' ? value : 0;
}
