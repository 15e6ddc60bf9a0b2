/** The crash matrix, scaled down: each thing that goes wrong, on real parts, and nothing acknowledged is lost or doubled. */
import { describe, expect, it } from 'vitest';
import { missing } from '../services/programs.ts';
import { runScenario } from './run.ts';
import { scenarios } from './scenarios.ts';

const seed = Number(process.env.STADTPEGEL_TEST_SEED ?? Date.now() % 1_000_000);

describe.skipIf(missing('mosquitto', 'influxd'))(
  `every acknowledged uplink is stored once (seed ${seed})`,
  () => {
    it.for(scenarios)('$title', { timeout: 300_000 }, async (scenario, context) => {
      const outcome = await runScenario(scenario, scenario.scaled, seed);
      if ('skipped' in outcome) {
        // Root may do all that is needed; other users may not be allowed to.
        expect(process.env.CI !== undefined && process.getuid?.() === 0, outcome.skipped).toBe(false);
        context.skip(outcome.skipped);
        return;
      }
      expect(outcome.problems).toEqual([]);
      expect(outcome.once).toBe(outcome.acknowledged);
      expect(outcome.signs).not.toEqual([]);
    });
  },
);
