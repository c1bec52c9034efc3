// Everybody signs in and finds what is theirs, and nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browser, complaints, live, signIn } from '../lib/chromium.mjs';
import { PASSWORD, demo } from '../lib/fairlead.mjs';

let app;
let chromium;
before(async () => {
  app = await demo('--quiet');
  chromium = await browser();
  for (const role of ['admin', 'manager', 'agent', 'provider']) app.user(`${role}@harbour.example`, role, `The ${role}`);
});
after(async () => {
  await chromium?.close();
  await app?.stop();
});

const ROOMS = {
  admin: ['Overview', 'Leads', 'Assign', 'Import', 'Agents', 'Settings'],
  manager: ['Overview', 'Leads', 'Assign', 'Import', 'Agents', 'Settings'],
  agent: ['My leads', 'Notifications'],
  provider: ['Notifications'],
};

for (const [role, rooms] of Object.entries(ROOMS)) {
  test(`a ${role} signs in, finds its rooms and gets live`, async () => {
    const page = await (await chromium.newContext()).newPage();
    const found = complaints(page);
    await signIn(page, app.url, `${role}@harbour.example`);
    assert.deepEqual(await page.locator('.rail li a').allInnerTexts(), rooms);
    await live(page);
    for (const name of rooms) {
      await page.locator('.rail').getByRole('link', { name, exact: true }).click();
      await page.locator('.rail a[aria-current="page"]', { hasText: name }).waitFor();
      assert.notEqual(await page.locator('h1').first().innerText(), '');
    }
    assert.deepEqual(found, []);
    await page.context().close();
  });
}

test('an agent does not get into the settings', async () => {
  const page = await (await chromium.newContext()).newPage();
  await signIn(page, app.url, 'agent@harbour.example');
  for (const path of ['/settings/users', '/assign', '/import', '/agents']) {
    assert.equal((await page.goto(app.url + path)).status(), 403, path);
  }
  await page.context().close();
});

test('signing out ends the session, and the page behind it asks to sign in again', async () => {
  const page = await (await chromium.newContext()).newPage();
  await signIn(page, app.url, 'manager@harbour.example');
  await page.locator('details.menu > summary').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in*');
  await page.goto(`${app.url}/assign`);
  assert.match(page.url(), /\/sign-in\?next=%2Fassign/);
  await page.getByLabel('E-mail').first().fill('manager@harbour.example');
  await page.getByLabel('Password').first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/assign');
  await page.context().close();
});

test('without JavaScript one signs in, adds a source and saves who gets its leads', async () => {
  const page = await (await chromium.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${app.url}/sign-in`);
  await page.getByLabel('E-mail').first().fill('manager@harbour.example');
  await page.getByLabel('Password').first().fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.goto(`${app.url}/settings/sources`);
  await page.getByLabel('Name', { exact: true }).first().fill('Fair in Pune');
  await page.getByRole('button', { name: 'Add source' }).click();
  assert.match(await page.locator('.toast').innerText(), /Fair in Pune was added/);
  assert.equal(await page.locator('#sources tr', { hasText: 'Fair in Pune' }).count(), 1);
  await page.context().close();
});
