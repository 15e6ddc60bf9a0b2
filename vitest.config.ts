import { defineConfig } from 'vitest/config';

// One worker per core would let two real InfluxDB servers compete with the crash test for two cores;
// files run one after the other, tests inside them too, so that failures mean what they say.
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**'],
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
