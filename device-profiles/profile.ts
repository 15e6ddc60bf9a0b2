import { isQuantityKey, type ProfileFacts, type QuantityKey, type Rhythm, type Theme } from '#core';
import { wrapsOf } from './counters.ts';
import { compile } from './interpreter/compile.js';
import type { Channel, Codec, Field, FrameTable, Layout } from './table.ts';

/** A device model as its file in `devices/` describes it. */
export interface ProfileDescription {
  /** `vendor/model`, lower case; also the name of its file: `vendor-model.ts`. */
  readonly id: string;
  /** Vendor and model as people write them, of every model with this format: device-profile names begin so. */
  readonly names: readonly string[];
  /** Where its format and published examples are described; `owner/name` is a repository on GitHub. */
  readonly source: string;
  readonly theme: Theme;
  /** As certified for EU868. */
  readonly lorawan: { readonly macVersion: '1.0.2' | '1.0.3' | '1.0.4'; readonly deviceClass: 'A' | 'C' };
  /** How often the model sends what it measures, as delivered. */
  readonly rhythm: Rhythm;
  /** Quantities with a rhythm of their own. */
  readonly rhythmOf?: Readonly<Partial<Record<QuantityKey, Rhythm>>>;
  readonly frame: FrameTable;
}

/** A device model, ready to decode and encode. */
export interface DeviceProfile extends ProfileDescription {
  /** One frozen object for all uplinks of the model. */
  readonly facts: ProfileFacts;
  readonly codec: Codec;
}

/** The layouts a table is made of, each without others inside. */
function simpleLayouts(layout: Layout): Exclude<Layout, { kind: 'any-of' }>[] {
  if (layout.kind !== 'any-of') return [layout];
  const { layouts, otherwise } = layout;
  return [...Object.values(layouts), ...(otherwise === undefined ? [] : [otherwise])].flatMap(simpleLayouts);
}

function layoutsOf(table: FrameTable) {
  return Object.values(table.ports).flatMap(simpleLayouts);
}

/** The channels of each layout that has any. */
export function channelsOf(table: FrameTable): (readonly Channel[])[] {
  return layoutsOf(table).flatMap((layout) => (layout.kind === 'channels' ? [layout.channels] : []));
}

/** All fields of a table, in its order. */
export function fieldsOf(table: FrameTable): Field[] {
  return layoutsOf(table).flatMap((layout) => {
    if (layout.kind === 'fixed') return [...layout.fields];
    if (layout.kind === 'groups') return [...layout.head, ...layout.groups.flat()];
    return layout.channels.flatMap(({ fields }) => [...fields]);
  });
}

/**
 * Makes a described model ready to use.
 * @throws {RangeError} where it names a quantity that does not exist: types are not looked at when the file is run.
 */
export function defineProfile(description: ProfileDescription): DeviceProfile {
  const { id, theme, frame, rhythm: usual, rhythmOf = {} } = description;
  const rhythm: Partial<Record<QuantityKey, Rhythm>> = {};
  const fields = fieldsOf(frame);
  for (const field of fields) {
    if (!('quantity' in field) || field.quantity === undefined) continue;
    if (!isQuantityKey(field.quantity)) {
      throw new RangeError(
        `${id}, ${field.key}: no quantity is called ${field.quantity}; docs/quantities.md has all`,
      );
    }
    rhythm[field.quantity] = rhythmOf[field.quantity] ?? usual;
  }
  const wrapsAt = Object.freeze(wrapsOf(fields));
  const facts = Object.freeze({ id, theme, rhythm: Object.freeze(rhythm), wrapsAt });
  return Object.freeze({ ...description, facts, codec: compile(frame) });
}
