// The agent's workspace: keys, the next lead without reloading, the count in the title.
import { load, show } from './swap.js';

const WIDE = matchMedia('(min-width: 901px)');
const desk = () => document.querySelector('.work');

let asked = 0;

/** Shows another lead of the queue. On a phone the browser goes there by itself, so that Back comes back. */
async function go(link) {
  if (!WIDE.matches) {
    location.assign(link.href);
    return;
  }
  try {
    const mine = (asked += 1);
    const answer = await load(link.href);
    if (mine !== asked) return;
    show(answer);
    desk()?.querySelector('#queue [aria-current]')?.scrollIntoView({ block: 'nearest' });
  } catch {
    location.assign(link.href);
  }
}

/** Up or down the queue. */
function step(by) {
  const rows = [...document.querySelectorAll('#queue a.queue-row')];
  const at = rows.findIndex((row) => row.hasAttribute('aria-current'));
  const row = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  if (row && row !== rows[at]) go(row);
}

/** Presses the button of a result, or opens its choices. */
function press(key) {
  const button = document.querySelector(`.results [data-key-press="${key}"]`);
  button?.click();
  if (button?.matches('summary')) button.parentElement.querySelector('.drop-sheet button')?.focus();
}

const KEYS = {
  j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
  n: () => document.getElementById('f-note')?.focus(),
  Enter: () => { const next = document.getElementById('next'); if (next) go(next); },
  '?': () => document.getElementById('work-keys')?.showModal(),
};

document.addEventListener('keydown', (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (event.key === 'Escape') {
    if (event.target.matches('#f-note')) event.target.blur();
    for (const sheet of document.querySelectorAll('.results details[open]')) {
      sheet.open = false;
      sheet.querySelector('summary').focus();
    }
    return;
  }
  if (event.target.matches('input, select, textarea, [contenteditable]')) return;
  if (/^[1-9]$/.test(event.key) && document.querySelector('.results')) {
    event.preventDefault();
    press(event.key);
    return;
  }
  // Enter on a link or button is that link's or button's.
  if (!desk() || (event.key === 'Enter' && event.target.closest('a, button, summary'))) return;
  if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

document.addEventListener('click', (event) => {
  for (const sheet of document.querySelectorAll('.results details[open]')) if (!sheet.contains(event.target)) sheet.open = false;
  const link = event.target.closest('.work a[data-go]');
  if (!link || !WIDE.matches || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  go(link);
});

/** The title counts fresh leads; the lead at hand is named in the address, so that a newer one does not take its place. */
function settle() {
  const here = desk();
  if (!here) return;
  const fresh = Number(document.getElementById('work-head')?.dataset.fresh ?? 0);
  document.title = `${fresh ? `(${fresh}) ` : ''}${here.dataset.title} · Fairlead`;
  const path = document.getElementById('work-lead')?.dataset.path;
  if (path && WIDE.matches && !new URLSearchParams(location.search).has('lead')) history.replaceState({}, '', path);
}

document.addEventListener('shown', settle);
settle();
