// Two people watch leads arrive and being assigned; nothing is missed when the connection drops or the server restarts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browser, complaints, live, signIn } from '../lib/chromium.mjs';
import { demo } from '../lib/fairlead.mjs';
import { wire } from '../lib/proxy.mjs';

let app;
let chromium;
before(async () => {
  app = await demo('--quiet');
  chromium = await browser();
  app.user('manager@harbour.example', 'manager', 'Nikhil Bose');
  app.user('admin@harbour.example', 'admin', 'Meera Sethi');
});
after(async () => {
  await chromium?.close();
  await app?.stop();
});

const lead = (n, source = 'META') => ({ source, title: `Enquiry ${n}`, contact: { name: `Caller ${n}`, phone: `+9198${10_000_000 + n}` }, location: { city: 'Pune' } });
const person = async (email, url = app.url) => {
  const page = await (await chromium.newContext()).newPage();
  page.found = complaints(page);
  await signIn(page, url, email);
  return page;
};

test('a file is uploaded by one person and watched being assigned by two, without reloading', async () => {
  const [one, two] = [await person('manager@harbour.example'), await person('admin@harbour.example')];
  await two.goto(`${app.url}/assign/history`);
  await live(two);
  const rows = ['name,phone,city'];
  for (let n = 0; n < 40; n += 1) rows.push(`Walk-in ${n},+9197${10_000_000 + n},Pune`);
  const file = join(app.folder, 'walk-ins.csv');
  writeFileSync(file, rows.join('\n'));
  await one.goto(`${app.url}/import`);
  await live(one);
  await one.locator('input[type="file"]').first().setInputFiles(file);
  // The preview: what was recognised, the first rows; choose the source, start.
  await one.waitForURL('**/import/upload/**');
  await one.getByText('walk-ins.csv').first().waitFor();
  await one.getByText('Walk-in 0', { exact: true }).first().waitFor();
  await one.getByLabel('Source').first().selectOption('META');
  await one.getByRole('button', { name: 'Start the import' }).click();
  await one.waitForURL((to) => /^\/import\/import_/.test(to.pathname));
  await one.locator('main', { hasText: /Done/ }).waitFor();
  await one.locator('main', { hasText: 'Assigned to 4 agents' }).waitFor();
  // The other person's page shows it by itself.
  await two.locator('main tbody tr', { hasText: /import/i }).first().waitFor();
  assert.deepEqual([...one.found, ...two.found], []);
  await one.context().close();
  await two.context().close();
});

test('a new lead appears in every tab by itself', async () => {
  const page = await person('manager@harbour.example');
  const tab = await page.context().newPage();
  for (const p of [page, tab]) {
    await p.goto(`${app.url}/leads`);
    await live(p);
  }
  await app.api('POST', '/leads', lead(101));
  for (const p of [page, tab]) await p.getByText('Caller 101').waitFor();
  await page.context().close();
});

test('what happened while the connection was cut is there when it is mended, and the pill tells the truth', async () => {
  const cable = await wire(app.port);
  const page = await person('manager@harbour.example', cable.url);
  const seen = [];
  await page.exposeFunction('told', (event) => seen.push(event));
  await page.goto(`${cable.url}/leads`);
  await page.evaluate(() => document.addEventListener('fairlead', ({ detail }) => { if (detail.type === 'lead_created') window.told(detail.data.title); }));
  await live(page);
  await app.api('POST', '/leads', lead(201));
  await page.getByText('Caller 201').waitFor();
  cable.cut();
  await page.locator('#live[data-state="reconnecting"]').waitFor();
  for (let n = 202; n < 210; n += 1) await app.api('POST', '/leads', lead(n));
  await page.locator('#live[data-state="offline"]').waitFor();
  assert.match(await page.locator('#live').innerText(), /Offline Mode/);
  cable.mend();
  await live(page);
  assert.match(await page.locator('#live').innerText(), /Live Updates Active/);
  await page.getByText('Caller 209').waitFor();
  await page.waitForFunction(() => true);
  assert.deepEqual(seen, Array.from({ length: 9 }, (_, i) => `Enquiry ${201 + i}`), 'each event once, in order');
  await page.context().close();
  cable.close();
});

test('after a restart of the server every page comes back by itself', async () => {
  const pages = [await person('manager@harbour.example'), await person('admin@harbour.example')];
  for (const page of pages) {
    await page.goto(`${app.url}/leads`);
    await live(page);
  }
  await app.end('SIGKILL');
  for (const page of pages) await page.locator('#live[data-state="reconnecting"], #live[data-state="offline"]').waitFor();
  await app.again();
  await app.api('POST', '/leads', lead(301));
  for (const page of pages) {
    await live(page);
    await page.getByText('Caller 301').waitFor();
    await page.context().close();
  }
});
