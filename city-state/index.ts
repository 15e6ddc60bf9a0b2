export * from './answers.ts';
export { cityStateConfig } from './config.ts';
export { createDirectory } from './directory.ts';
export { FeedFollower } from './feed-follower.ts';
export { FeedPublisher } from './feed-publisher.ts';
export { observeHearing } from './hearing.ts';
export { type Inventory, loadInventory } from './inventory.ts';
export { inventoryJsonSchema } from './inventory-schema.ts';
export { CityState } from './state.ts';
