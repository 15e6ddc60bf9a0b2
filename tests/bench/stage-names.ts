/** Parts of the platform that can run without those behind them, in the order a message meets them. */
export const stages = ['receive', 'spool', 'translate', 'state'] as const;
export type Stage = (typeof stages)[number];
