import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demoCity, demoNowMs } from './demo-city.ts';
import { fromTop } from './top.ts';

const folder = 'docs/images';
export const picturePath = `${folder}/city-page.png`;
/** What was photographed, and the picture made of it: so nobody needs a browser to see whether it is fresh. */
const proofPath = `${folder}/city-page.sha256`;
/** Wide enough for four cards side by side, and high enough to see the first charge points. */
const viewport = { width: 1280, height: 1080 };

const hashOf = (...parts: readonly (string | Buffer)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** The page and all it loads, as served. */
async function pageHash(): Promise<string> {
  const app = await demoCity();
  const page = await app.inject({ url: '/', headers: { accept: 'text/html' } });
  const loaded = new Set(
    [...page.body.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path = '']) => path),
  );
  const files = await Promise.all([...loaded].map(async (path) => (await app.inject(path)).body));
  return hashOf(page.body, ...files);
}

const proofOf = (page: string, picture: Buffer): string =>
  `${page}  the page as served\n${hashOf(picture)}  city-page.png\n`;

/** Whether the committed picture shows the page as it is today. */
export async function isPictureFresh(): Promise<boolean> {
  try {
    const [proof, picture] = await Promise.all([
      readFile(fromTop(proofPath), 'utf8'),
      readFile(fromTop(picturePath)),
    ]);
    return proof === proofOf(await pageHash(), picture);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw cause;
  }
}

function chromiumPath(): string | undefined {
  const paths = (process.env.PATH ?? '').split(':').map((place) => join(place, 'chromium'));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function photograph(executablePath: string, url: string): Promise<Buffer> {
  // Only here, because looking whether the picture is fresh needs no browser.
  const { chromium } = await import('playwright-core');
  // As root, in containers, Chromium's own sandbox cannot start; it only opens our own page.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage({ viewport, locale: 'de-DE', colorScheme: 'light' });
    await page.clock.setFixedTime(demoNowMs);
    await page.goto(url);
    // The script has taken over: ages are counted now.
    await page
      .getByText(/vor \d+ Minuten/)
      .first()
      .waitFor();
    return await page.screenshot();
  } finally {
    await browser.close();
  }
}

/** Takes the picture anew, with its proof; false where there is no Chromium to take it. */
export async function takePicture(): Promise<boolean> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) return false;
  const page = await pageHash();
  const app = await demoCity();
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    const picture = await photograph(executablePath, url);
    await mkdir(fromTop(folder), { recursive: true });
    await writeFile(fromTop(picturePath), picture);
    await writeFile(fromTop(proofPath), proofOf(page, picture));
  } finally {
    await app.close();
  }
  return true;
}
