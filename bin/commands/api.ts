import type { Command } from 'commander';
import { FeedFollower } from '#city-state';
import type { Component } from '#core';
import { createStore } from '#ingest';
import { configApart, layGround, liveStateFeed, operatorListener, publicListener } from '../parts.ts';
import { serve } from '../serve.ts';

/** Adds `stadtpegel api`. */
export function addApi(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('api')
    .description(
      'only the API, on the live state a `stadtpegel bridge` tells over the broker; as many as you like',
    )
    .addHelpText(
      'after',
      `
Ready (/health/ready) when the live state is complete.

Example:
  STADTPEGEL_MQTT_URL=mqtt://127.0.0.1:1883 STADTPEGEL_INFLUX_URL=http://127.0.0.1:8086 stadtpegel api`,
    )
    .action(() => api(env));
}

async function api(env: NodeJS.ProcessEnv): Promise<void> {
  const ground = await layGround(configApart(env));
  const { log, state, config } = ground;
  const store = createStore(config.ingest, log);
  const feed = liveStateFeed(ground, false);
  const follower = new FeedFollower({ state, feed, log });
  const components: Component[] = [store, feed, follower, state];
  const listener = publicListener(ground, store, components);
  const operator = operatorListener(ground, components);
  components.push(listener, operator);
  await serve(components, log);
  process.stdout.write(
    `Stadtpegel API: ${ground.inventory.city.name}\n  API      ${listener.url}/\n  operator ${operator.url}/metrics\n`,
  );
}
