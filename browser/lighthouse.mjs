// Lighthouse (desktop) over the console, median of several runs. usage: node lighthouse.mjs URL TOKEN [RUNS] [PATH…]
// The server is one that runs already, so that it can hold a million leads.
import { chromium } from 'playwright-core';
import lighthouse, { desktopConfig } from 'lighthouse';
import { CHROMIUM, FLAGS } from './lib/chromium.mjs';

const [url, token, runs = '5', ...asked] = process.argv.slice(2);
const paths = asked.length ? asked : ['/', '/leads', '/assign', '/import', '/agents', '/settings/sources'];
const port = 19000 + Math.floor(Math.random() * 900);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, `--remote-debugging-port=${port}`] });
const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
let bad = 0;
console.log('page                     performance  accessibility  best practices  shift   KB cold  LCP ms');
for (const path of paths) {
  const all = [];
  for (let run = 0; run < Number(runs); run += 1) {
    const { lhr } = await lighthouse(url + path, { port, logLevel: 'error', onlyCategories: ['performance', 'accessibility', 'best-practices'], extraHeaders: { Authorization: `Bearer ${token}` } }, desktopConfig);
    const score = (name) => Math.round((lhr.categories[name].score ?? 0) * 100);
    all.push([score('performance'), score('accessibility'), score('best-practices'), lhr.audits['cumulative-layout-shift'].numericValue,
      lhr.audits['total-byte-weight'].numericValue / 1024, lhr.audits['largest-contentful-paint'].numericValue]);
    if (run === 0 && process.env.WHY) for (const [id, audit] of Object.entries(lhr.audits)) if (audit.score !== null && audit.score < 0.9) console.log('   ', id, audit.score, audit.displayValue ?? '');
  }
  const row = all[0].map((_, i) => middle(all.map((values) => values[i])));
  bad += row[0] < 95 || row[1] < 95 || row[2] < 95 || row[3] > 0.01 || row[4] > 150 ? 1 : 0;
  console.log(path.padEnd(24), String(row[0]).padStart(11), String(row[1]).padStart(14), String(row[2]).padStart(15), row[3].toFixed(3).padStart(7), row[4].toFixed(0).padStart(9), row[5].toFixed(0).padStart(8));
}
await browser.close();
console.log(bad ? `${bad} pages miss the goal` : 'every page reaches the goal: ≥ 95, ≥ 95, ≥ 95, shift ≤ 0.01, ≤ 150 KB');
process.exitCode = bad ? 1 : 0;
