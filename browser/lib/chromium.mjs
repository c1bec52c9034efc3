// The system's Chromium, and people who sign in with it.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { PASSWORD } from './fairlead.mjs';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Where the browser is. */
export const CHROMIUM = PLACES.find((place) => place && existsSync(place));
/** How it is started. */
export const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/** Starts the browser. */
export const browser = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS, headless: true });

/** What a page must not do: complain. Collects errors of a page into a list. */
export function complaints(page) {
  const found = [];
  page.on('pageerror', (error) => found.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A lost connection is told by the browser itself; the page's pill tells it too.
    if (message.type() === 'error' && !/WebSocket connection|ERR_CONNECTION|Failed to load resource/.test(message.text())) found.push(message.text());
  });
  return found;
}

/** Signs in with a password; resolves on the start page. */
export async function signIn(page, url, email, password = PASSWORD) {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').first().fill(email);
  await page.getByLabel('Password').first().fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL((to) => !to.pathname.startsWith('/sign-in'));
}

/** Waits until the page says that it is live. */
export const live = (page) => page.locator('#live[data-state="live"]').waitFor();
