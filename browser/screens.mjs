// Screenshots of every page: light and dark, desktop and phone. usage: node screens.mjs FOLDER
import { mkdirSync } from 'node:fs';
import { browser, complaints, live, signIn } from './lib/chromium.mjs';
import { demo } from './lib/fairlead.mjs';
import { pages } from './lib/pages.mjs';

const folder = process.argv[2] ?? 'screens';
mkdirSync(folder, { recursive: true });
const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/** Signs in by a one-time link, as the command line makes them. */
async function byLink(page, app, email) {
  const { url } = JSON.parse(app.cli(['--json', 'user', 'link', '--email', email]));
  await page.goto(app.url + new URL(url).pathname);
  await page.getByRole('button', { name: /sign in/i }).click();
  await page.waitForURL('**/my-leads');
}

const app = await demo('--quiet');
const chromium = await browser();
let bad = 0;
try {
  app.user('boss@harbour.example', 'admin', 'Meera Sethi');
  const agent = 'asha.nair@harbour.example';
  const all = await pages(app);
  for (const [device, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark']) {
      for (const [role, list] of Object.entries(all)) {
        const context = await chromium.newContext({ viewport, colorScheme, deviceScaleFactor: 1 });
        const page = await context.newPage();
        const found = complaints(page);
        if (role === 'admin') await signIn(page, app.url, 'boss@harbour.example');
        if (role === 'agent') await byLink(page, app, agent);
        for (const [path, name] of list) {
          const answer = await page.goto(app.url + path);
          if (role !== 'nobody') await live(page).catch(() => found.push('does not get live'));
          const file = `${folder}/${name}-${device}-${colorScheme}.png`;
          await page.screenshot({ path: file, fullPage: true });
          const sideways = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1);
          const notes = [answer.status() === 200 ? '' : `status ${answer.status()}`, sideways ? 'scrolls sideways' : '', ...found.splice(0)].filter(Boolean);
          bad += notes.length;
          console.log(file, notes.join(' · '));
        }
        await context.close();
      }
    }
  }
} finally {
  await chromium.close();
  await app.stop();
}
console.log(bad ? `${bad} things to look at` : 'all pages are well');
process.exitCode = bad ? 1 : 0;
