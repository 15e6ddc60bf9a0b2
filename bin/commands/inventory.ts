import type { Command } from 'commander';
import { loadInventory } from '#city-state';

/** Adds `stadtpegel inventory check`. */
export function addInventory(program: Command): void {
  const inventory = program.command('inventory').description('look at the inventory of a city');
  inventory
    .command('check')
    .description('read all *.yaml files of a city and name every mistake with file and line')
    .argument('<folder>', 'folder of the city, e.g. cities/demo')
    .addHelpText('after', '\nExample:\n  stadtpegel inventory check cities/demo')
    .action(async (folder: string) => {
      const { city, sites, devices, assignments } = await loadInventory(folder);
      const assets = sites.flatMap((site) => site.assets).length;
      process.stdout.write(
        `${city.name}: ${sites.length} sites, ${assets} assets, ${devices.length} devices, ` +
          `${assignments.length} assignments; no mistakes\n`,
      );
    });
}
