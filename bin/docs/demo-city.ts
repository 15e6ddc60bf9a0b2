import { buildPublicApp } from '#city-api';
import { CityState, createDirectory, loadInventory } from '#city-state';
import { createLogger, Registry } from '#core';
import { createTranslate } from '#gateway-bridge';
import { createTown, placesOf } from '#simulator';
import { configSchemas } from '../config.ts';
import { fromTop } from './top.ts';

/** A Friday in May, five in the afternoon in Berlin: the market, the spa and the charge points are busy. */
export const demoNowMs = Date.parse('2026-05-08T17:00:00+02:00');
const seed = 1;
/** A bay sensor to which nothing happens speaks once a day. */
const pastMs = 25 * 3_600_000;

async function build() {
  const inventory = await loadInventory(fromTop('cities/demo'));
  const now = () => demoNowMs;
  const state = new CityState({ inventory, now });
  const translate = createTranslate(createDirectory(inventory));
  const town = createTown({ places: placesOf(inventory), seed });
  for (const { timeMs, message } of town.uplinks(demoNowMs - pastMs, demoNowMs)) {
    const translated = translate({ receivedAtMs: timeMs, broker: 'demo', ...message });
    if (translated.kind === 'uplink') state.apply(translated);
  }
  const { name, timeZone } = inventory.city;
  return buildPublicApp({
    view: state,
    store: { series: async () => [] },
    readiness: () => ({ ready: true, components: {} }),
    now,
    log: createLogger('silent'),
    registry: new Registry(),
    city: { name, timeZone },
    config: configSchemas.api.parse({}),
  });
}

let built: ReturnType<typeof build> | undefined;

/**
 * The public API over the demo town at {@link demoNowMs}: a day of its sensors' messages, translated and taken into the
 * state by the parts that do it in operation. The same every time; it has no store, so no history.
 */
export function demoCity(): ReturnType<typeof build> {
  built ??= build();
  return built;
}
