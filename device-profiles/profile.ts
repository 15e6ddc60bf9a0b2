import type { ProfileFacts, QuantityKey, Rhythm, Theme } from '#core';
import { compile } from './interpreter/compile.js';
import type { Codec, Field, FrameTable } from './table.ts';

/** A device model as its file in `devices/` describes it. */
export interface ProfileDescription {
  /** `vendor/model`, lower case; also the name of its file: `vendor-model.ts`. */
  readonly id: string;
  /** Vendor and model as people write them, of every model with this format: device-profile names begin so. */
  readonly names: readonly string[];
  readonly theme: Theme;
  /** As certified for EU868. */
  readonly lorawan: { readonly macVersion: '1.0.2' | '1.0.3'; readonly deviceClass: 'A' };
  /** How often the model sends what it measures, as delivered. */
  readonly rhythm: Rhythm;
  readonly frame: FrameTable;
}

/** A device model, ready to decode and encode. */
export interface DeviceProfile extends ProfileDescription {
  /** One frozen object for all uplinks of the model. */
  readonly facts: ProfileFacts;
  readonly codec: Codec;
}

/** All fields of a table, in its order. */
export function fieldsOf(table: FrameTable): Field[] {
  return Object.values(table.ports).flatMap((layout) =>
    layout.kind === 'fixed' ? [...layout.fields] : layout.channels.flatMap(({ fields }) => [...fields]),
  );
}

/** Makes a described model ready to use. */
export function defineProfile(description: ProfileDescription): DeviceProfile {
  const rhythm: Partial<Record<QuantityKey, Rhythm>> = {};
  for (const field of fieldsOf(description.frame)) {
    if ('quantity' in field && field.quantity !== undefined) rhythm[field.quantity] = description.rhythm;
  }
  const { id, theme, frame } = description;
  const facts = Object.freeze({ id, theme, rhythm: Object.freeze(rhythm) });
  return Object.freeze({ ...description, facts, codec: compile(frame) });
}
