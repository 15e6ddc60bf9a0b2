import { z } from 'zod';

/** Settings of the device profiles of others. */
export const dropInConfig = z.object({
  deviceProfilesDir: z
    .string()
    .optional()
    .describe(
      'Folder with device profiles of others: vendors’ folders in the layout of ChirpStack’s public device-profile repository. Changes are read at once.',
    ),
});
