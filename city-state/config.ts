import { z } from 'zod';

/** Settings of this room. */
export const cityStateConfig = z.object({
  cityDir: z
    .string('needs the folder of the city')
    .describe('Folder with the inventory of the city, all of its *.yaml files, e.g. cities/captured'),
});
