import type { DeviceDirectory, Place } from '#core';
import type { Assignment, Inventory } from './inventory.ts';

interface Stay {
  readonly channel: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
  readonly place: Place;
}

const nowhere: Place = Object.freeze({});

function stayOf(assignment: Assignment, siteOf: ReadonlyMap<string, string>): Stay {
  const { asset, channel, fromMs, toMs } = assignment;
  const site = siteOf.get(asset);
  return { channel, fromMs, toMs, place: Object.freeze({ asset, ...(site === undefined ? {} : { site }) }) };
}

/**
 * What the inventory says of its devices. Asked once per reading, so an answer costs one look-up and no allocation.
 * An assignment holds from its beginning (inclusive) to its end (exclusive); one that names the channel wins over one
 * that does not.
 */
export function createDirectory(inventory: Inventory): DeviceDirectory {
  const profiles = new Map<string, string>();
  for (const { devEui, profile } of inventory.devices)
    if (profile !== undefined) profiles.set(devEui, profile);
  const siteOf = new Map(inventory.sites.flatMap(({ id, assets }) => assets.map((asset) => [asset.id, id])));
  const stays = new Map<string, Stay[]>();
  for (const assignment of inventory.assignments) {
    const known = stays.get(assignment.device);
    const stay = stayOf(assignment, siteOf);
    if (known === undefined) stays.set(assignment.device, [stay]);
    else known.push(stay);
  }
  return {
    profileOf: (devEui) => profiles.get(devEui),
    placeOf(devEui, channel, time) {
      let place = nowhere;
      for (const stay of stays.get(devEui) ?? []) {
        if (time < stay.fromMs || time >= stay.toMs) continue;
        if (stay.channel === channel && channel !== undefined) return stay.place;
        if (stay.channel === undefined) place = stay.place;
      }
      return place;
    },
  };
}
