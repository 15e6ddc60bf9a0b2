import { z } from 'zod';

/** Settings of this room. */
export const cityStateConfig = z.object({
  cityDir: z
    .string()
    .default('cities/demo')
    .describe(
      'Folder with the inventory of the city, all of its *.yaml files; the default one is an invented town whose sensors are simulated.',
    ),
});
