import type { QuantityKey, Rhythm } from '#core';
import { channelsOf, type DeviceProfile, fieldsOf } from './profile.ts';
import { type Vector, vectorsOf } from './vectors.ts';

/** A quantity as a model measures it. */
export interface MeasuredQuantity {
  readonly quantity: QuantityKey;
  /** Names of the channels that measure it; undefined is the one without a name. */
  readonly channels: readonly (string | undefined)[];
  readonly rhythm: Rhythm;
  /** What a counter has counted when it begins again at zero, in the quantity's unit. */
  readonly wrapsAt: number | undefined;
}

/** What people want to know of a model before they buy or install it. */
export interface ModelSheet {
  /** In the order of the frame table, each once. */
  readonly measures: readonly MeasuredQuantity[];
  /** Ascending. */
  readonly fPorts: readonly number[];
  /** Whether any other fPort is read too. */
  readonly isAnyPort: boolean;
  readonly commands: { readonly fPort: number; readonly names: readonly string[] } | undefined;
  /** Names of data that tells of persons: it is never decoded. */
  readonly personal: readonly string[];
  /** Test vectors: uplinks of the vendor's or another published source, uplinks of ours, and downlinks. */
  readonly vectors: { readonly published: number; readonly own: number; readonly downlinks: number };
}

function measuresOf({ frame, facts }: DeviceProfile): MeasuredQuantity[] {
  const repeated = channelsOf(frame)
    .flat()
    .flatMap(({ fields, repeats = [] }) =>
      fields.flatMap((field) => repeats.map((channel) => ({ ...field, channel }))),
    );
  const channels = new Map<QuantityKey, Set<string | undefined>>();
  for (const field of [...fieldsOf(frame), ...repeated]) {
    if (!('quantity' in field) || field.quantity === undefined) continue;
    channels.set(field.quantity, (channels.get(field.quantity) ?? new Set()).add(field.channel));
  }
  return [...channels].flatMap(([quantity, names]) => {
    const rhythm = facts.rhythm[quantity];
    const wrapsAt = facts.wrapsAt?.[quantity];
    return rhythm === undefined ? [] : [{ quantity, channels: [...names], rhythm, wrapsAt }];
  });
}

function commandsOf({ frame: { commands } }: DeviceProfile): ModelSheet['commands'] {
  if (commands === undefined) return undefined;
  const { fPort, byName, allAtOnce = [] } = commands;
  return { fPort, names: [...Object.keys(byName), ...allAtOnce.map(({ key }) => key)] };
}

/** What a model measures and understands, from its table and its test vectors. */
export function sheetOf(profile: DeviceProfile): ModelSheet {
  const { ports, samePorts = {}, anyPortAs } = profile.frame;
  const vectors = vectorsOf(profile);
  const count = (isMeant: (vector: Vector) => boolean): number => vectors.filter(isMeant).length;
  const personal = fieldsOf(profile.frame).flatMap((field) => (field.personal ? [field.key] : []));
  return {
    measures: measuresOf(profile),
    fPorts: [...Object.keys(ports), ...Object.keys(samePorts)].map(Number).sort((a, b) => a - b),
    isAnyPort: anyPortAs !== undefined,
    commands: commandsOf(profile),
    personal: [...new Set(personal)],
    vectors: {
      published: count(({ direction, kind }) => direction === 'uplink' && kind === 'known'),
      own: count(({ direction, kind }) => direction === 'uplink' && kind === 'generated'),
      downlinks: count(({ direction }) => direction === 'downlink'),
    },
  };
}
