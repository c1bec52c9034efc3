// What strangers write stays text, also without the content policy's help; and pages can be used by everybody.
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browser, live, signIn } from '../lib/chromium.mjs';
import { demo } from '../lib/fairlead.mjs';
import { pages } from '../lib/pages.mjs';

let app;
let chromium;
before(async () => {
  app = await demo('--quiet');
  chromium = await browser();
  app.user('admin@harbour.example', 'admin', 'Meera Sethi');
});
after(async () => {
  await chromium?.close();
  await app?.stop();
});

const EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

test('a script in a title, a city, a name, a source or a file name is only text', async () => {
  const context = await chromium.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await signIn(page, app.url, 'admin@harbour.example');
  await page.goto(`${app.url}/leads`);
  await live(page);
  await app.api('POST', '/sources', { name: EVIL.slice(0, 90) });
  const made = await app.api('POST', '/leads', { source: 'META', title: EVIL, contact: { name: EVIL, phone: '+919845098450' }, location: { city: EVIL, suburb: EVIL }, category: EVIL, custom: { [EVIL]: EVIL } });
  await page.locator('.toast', { hasText: '<img' }).first().waitFor();
  const file = join(app.folder, `x<img src=x onerror=pwned=1>.csv`);
  writeFileSync(file, `name,phone\n${EVIL.replaceAll('"', "'")},+919845012399\n`);
  await page.goto(`${app.url}/import`);
  await page.locator('input[type="file"]').first().setInputFiles(file);
  await page.getByText('<img src=x').first().waitFor();
  for (const path of ['/', '/leads', `/leads/${made.uid}`, '/assign', '/assign/history', '/settings/sources', '/import', '/notifications']) {
    await page.goto(app.url + path);
    await page.locator('#main').waitFor();
    assert.equal(await page.evaluate(() => window.pwned), undefined, path);
    assert.equal(await page.locator('main script, main img[src="x"]').count(), 0, path);
  }
  await context.close();
});

for (const [theme, viewport] of [['light', { width: 1440, height: 900 }], ['dark', { width: 390, height: 844 }]]) {
  test(`axe finds nothing on any page (${theme}, ${viewport.width} wide)`, async () => {
    const context = await chromium.newContext({ colorScheme: theme, viewport, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const all = await pages(app);
    const found = [];
    const look = async (path) => {
      assert.equal((await page.goto(app.url + path)).status(), 200, path);
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, nodes } of violations) found.push(`${path}: ${id}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`);
    };
    for (const [path] of all.nobody) await look(path);
    await signIn(page, app.url, 'admin@harbour.example');
    for (const [path] of all.admin) await look(path);
    assert.deepEqual(found, []);
    await context.close();
  });
}
