import type { Command } from 'commander';
import { FeedPublisher } from '#city-state';
import type { Component } from '#core';
import { configApart, layGround, layIngest, liveStateFeed, operatorListener } from '../parts.ts';
import { serve } from '../serve.ts';
import { StatusLine } from '../status-line.ts';

/** Adds `stadtpegel bridge`. */
export function addBridge(program: Command, env: NodeJS.ProcessEnv): void {
  program
    .command('bridge')
    .description(
      'only the way from the broker to the store; live state goes to `stadtpegel api` over the broker',
    )
    .addHelpText(
      'after',
      `
One process for each ChirpStack application. Health and metrics are on the operator listener.

Example:
  STADTPEGEL_MQTT_URL=mqtt://127.0.0.1:1883 STADTPEGEL_INFLUX_URL=http://127.0.0.1:8086 stadtpegel bridge`,
    )
    .action(() => bridge(env));
}

async function bridge(env: NodeJS.ProcessEnv): Promise<void> {
  const ground = await layGround(configApart(env));
  const { log, registry, state, config } = ground;
  const components: Component[] = [];
  const feed = liveStateFeed(ground, true);
  const publisher = new FeedPublisher({ state, feed, now: Date.now, log });
  const line = layIngest(ground, config.bridge.mqttUrl);
  const operator = operatorListener(ground, components, line);
  components.push(...line.components, feed, publisher, operator);
  await serve([...components, new StatusLine(registry, process.stdout)], log);
  process.stdout.write(
    `Stadtpegel bridge: ${ground.inventory.city.name}\n  operator ${operator.url}/metrics\n`,
  );
}
