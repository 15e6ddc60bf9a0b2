/**
 * The revision of the regional parameters each LoRaWAN version is used with: `A` and `B` belong to LoRaWAN 1.0.2 and
 * 1.0.3, later ones to the document RP002.
 */
export const regionalParameters = {
  '1.0.0': 'A',
  '1.0.1': 'A',
  '1.0.2': 'B',
  '1.0.3': 'A',
  '1.0.4': 'RP002-1.0.3',
  '1.1.0': 'B',
} as const;
