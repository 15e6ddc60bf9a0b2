import { z } from 'zod';

/** Settings of this room. */
export const cityStateConfig = z.object({
  cityDir: z
    .string()
    .default('cities/captured')
    .describe(
      'Folder with the inventory of the city, all of its *.yaml files; the default one fits the captured events the tests use.',
    ),
});
