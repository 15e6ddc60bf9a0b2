/** The city page in a real browser: beautiful is for people to judge, the rest is held here. */
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPublicApp, cityApiConfig } from '#city-api';
import { CityState, createDirectory, loadInventory } from '#city-state';
import { createLogger, Registry } from '#core';
import { createTranslate } from '#gateway-bridge';
import { createTown, placesOf } from '#simulator';
import { missing, programPath } from './services/programs.ts';

const hourMs = 3_600_000;
/** A Tuesday, ten in the morning in Berlin. */
const startMs = Date.UTC(2026, 10, 24, 9);

/** The demo town behind the public API, at a time that goes on when told to. */
async function livingCity() {
  const inventory = await loadInventory(join(import.meta.dirname, '..', 'cities', 'demo'));
  const town = createTown({ places: placesOf(inventory), seed: 1 });
  const translate = createTranslate(createDirectory(inventory));
  let nowMs = startMs - 25 * hourMs;
  const now = () => nowMs;
  const state = new CityState({ inventory, now });
  const goOn = (toMs: number): void => {
    for (const { timeMs, message } of town.uplinks(nowMs, toMs)) {
      const translated = translate({ receivedAtMs: timeMs, broker: 'demo', ...message });
      if (translated.kind === 'uplink') state.apply(translated);
    }
    nowMs = toMs;
  };
  goOn(startMs);
  const app = buildPublicApp({
    view: state,
    store: { series: async () => [] },
    readiness: () => ({ ready: true, components: {} }),
    now,
    log: createLogger('silent'),
    registry: new Registry(),
    city: { name: inventory.city.name, timeZone: inventory.city.timeZone },
    config: cityApiConfig.parse({}),
  });
  await state.start();
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const stop = async (): Promise<void> => {
    await app.close();
    await state.stop();
  };
  return { url, state, now, goOn, stop };
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly failureSummary: string }[];
}

describe.skipIf(missing('chromium'))('the city page in Chromium', () => {
  let city: Awaited<ReturnType<typeof livingCity>>;
  let browser: Browser;

  beforeAll(async () => {
    city = await livingCity();
    const executablePath = programPath('chromium') ?? '';
    // As root, in containers, Chromium's own sandbox cannot start; it only opens our own page.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(async () => {
    await browser?.close();
    await city?.stop();
  });

  /** Opens the page and hands it over when it is live; in the end nothing may stand in the console. */
  async function withPage(
    options: BrowserContextOptions,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const page = await browser.newPage({ locale: 'de-DE', ...options });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.clock.setFixedTime(city.now());
    await page.goto(city.url);
    if (options.javaScriptEnabled !== false) await page.getByText('Live – Änderungen').waitFor();
    await look(page);
    expect(complaints).toEqual([]);
    await page.close();
  }

  const free = (): number => city.state.parkingSites(city.now()).reduce((sum, site) => sum + site.free, 0);

  /** What breaks WCAG and good practice, as axe sees it; run from outside, it is not subject to the page's policy. */
  async function violationsOn(page: Page): Promise<string[]> {
    await page.evaluate(axe.source);
    const found: Violation[] = await page.evaluate('axe.run().then(({ violations }) => violations)');
    return found.map(({ id, nodes }) => [id, ...nodes.map((node) => node.failureSummary)].join('\n'));
  }

  it('is looked at by something that sees: a violation planted is found', async () => {
    await withPage({}, async (page) => {
      await page.evaluate("document.querySelector('.where').style.color = '#ccc'");
      expect(await violationsOn(page)).toEqual([expect.stringMatching(/^color-contrast/)]);
    });
  });

  describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
    it.each([
      ['a small phone', 320],
      ['a tablet', 768],
      ['a desk', 1280],
    ])('is for everyone, and never scrolls sideways, on %s', async (_where, width) => {
      await withPage({ colorScheme, viewport: { width, height: 800 } }, async (page) => {
        for (const summary of await page.locator('summary').all()) await summary.click();
        expect(await violationsOn(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      });
    });
  });

  it('says all there is to say without a script', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      expect(await page.locator('#tiles').innerText()).toContain(`${free()}`);
      expect(await page.getByRole('status').innerText()).toContain('Momentaufnahme');
      expect(await page.locator('#parken time').first().innerText()).toMatch(/um \d\d:\d\d Uhr/);
      expect(await page.locator('article').count()).toBeGreaterThan(40);
    });
  });

  it('can be walked with the keyboard, the way past the menu first', async () => {
    await withPage({}, async (page) => {
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Zum Inhalt springen');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('inhalt');
    });
  });

  it('moves with the city, without a reload and without touching what stays', {
    timeout: 60_000,
  }, async () => {
    await withPage({}, async (page) => {
      const before = free();
      await page
        .getByText(/gemeldet vor \d+ Minuten/)
        .first()
        .waitFor();
      await page.locator('summary').first().click();
      await page.evaluate("globalThis.cards = [...document.querySelectorAll('article')]");
      city.goOn(startMs + 3 * hourMs);
      expect(free()).not.toBe(before);
      await page.clock.setFixedTime(city.now());
      await page.locator('#tiles li').first().getByText(`${free()} von 60`).waitFor();
      expect(await page.evaluate('cards.every((card) => card.isConnected)')).toBe(true);
      expect(await page.locator('details').first().getAttribute('open')).not.toBe(null);
    });
  });

  it('says when it is cut off', async () => {
    const page = await browser.newPage();
    await page.goto(city.url);
    await page.getByText('Live – Änderungen').waitFor();
    await city.stop();
    await page.getByText('Verbindung unterbrochen').waitFor();
    await page.close();
  });
});
