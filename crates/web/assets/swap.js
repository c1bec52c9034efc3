// Brings a page up to date: fetches it again and changes only what is different, keeping focus, typing and what is open.

/** @param {Element} element what somebody is typing into, or has changed */
const touched = (element) => element === document.activeElement || element.hasAttribute('data-dirty');

/** Copies attributes; what the reader has opened stays open. @param {Element} old @param {Element} fresh */
function attributes(old, fresh) {
  const keep = old.matches('details, dialog') ? ['open'] : old.matches('[data-number]') ? ['class'] : [];
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !keep.includes(name)) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value && !keep.includes(name)) old.setAttribute(name, value);
  }
}

/** Restarts a soft flash. @param {Element} element @param {string} name */
function flash(element, name) {
  element.classList.remove(name);
  void element.getBoundingClientRect();
  element.classList.add(name);
  element.addEventListener('animationend', () => element.classList.remove(name), { once: true });
}

const key = (node) => (node.nodeType === 1 ? node.id || node.getAttribute('data-key') : null);

/** The form whose answer is being shown. @type {Element | null} */
let sent = null;
/** Counts pages shown: what was asked for before the last one is overtaken. */
let shown = 0;
let here = location.pathname + location.search;

/** Makes `old` like `fresh`. @param {Node} old @param {Node} fresh */
export function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) {
      old.nodeValue = fresh.nodeValue;
      const number = old.parentElement?.closest('[data-number]');
      if (number) flash(number, 'flash');
    }
    return;
  }
  const control = old.matches('input, select, textarea');
  if (!control && old.isEqualNode(fresh) && !old.querySelector('input, select, textarea')) return;
  if (old.hasAttribute('data-keep') || old.matches('form[data-dirty], form[data-sending]')) return;
  if (control) {
    // What is typed is kept, but for the form that was just sent: it shows what the server made of it.
    if (!sent?.contains(old) && (touched(old) || old.isEqualNode(fresh))) return;
    attributes(old, fresh);
    if (old.type === 'checkbox' || old.type === 'radio') old.checked = fresh.checked;
    else if (old.type !== 'file' && old.value !== fresh.value) old.value = fresh.value;
    if (old.matches('input')) return;
  } else attributes(old, fresh);
  children(old, fresh);
}

/** Rows that arrive by themselves flash; those a filter brings do not. */
let live = false;

function children(old, fresh) {
  const known = new Map();
  for (const child of old.childNodes) if (key(child)) known.set(key(child), child);
  const rows = old.matches('[data-rows]');
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const name = key(child);
    const twin = name ? known.get(name) : place && !key(place) && place.nodeName === child.nodeName ? place : null;
    if (twin) {
      if (twin === place) place = place.nextSibling;
      else old.insertBefore(twin, place);
      known.delete(name);
      morph(twin, child);
    } else {
      const arrived = old.insertBefore(child, place);
      if (rows && live && arrived.nodeType === 1) flash(arrived, 'arrived');
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Fetches a page as a document; a session that has ended leads to the sign-in. @returns {Promise<{page: Document, url: string, status: number}>} */
export async function load(url, options = {}) {
  const answer = await fetch(url, { credentials: 'same-origin', ...options });
  const to = new URL(answer.url);
  if (to.pathname === '/sign-in' && location.pathname !== '/sign-in') {
    location.assign(to);
    throw new Error('signed out');
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return { page, url: answer.url, status: answer.status };
}

/** Takes over the toasts of a fetched page. */
function toasts(page) {
  const here = document.getElementById('toasts');
  for (const toast of page.querySelectorAll('#toasts > .toast')) here?.append(toast);
  document.dispatchEvent(new Event('toasts'));
}

/**
 * Shows a fetched page: the same one is changed in place, another one replaces it and goes into the history.
 * `form`: the one whose answer it is.
 */
export function show({ page, url }, form = null) {
  shown += 1;
  const from = new URL(location.href);
  const to = new URL(url);
  const same = from.pathname === to.pathname;
  document.title = page.title;
  if (from.href !== to.href) history[same ? 'replaceState' : 'pushState']({}, '', to);
  here = to.pathname + to.search;
  form?.removeAttribute('data-dirty');
  sent = form;
  if (same) morph(document.getElementById('main'), page.getElementById('main'));
  else {
    document.getElementById('main').replaceWith(page.getElementById('main'));
    const rail = page.querySelector('.rail');
    if (rail) document.querySelector('.rail')?.replaceWith(rail);
    scrollTo(0, 0);
    document.getElementById('main').focus({ preventScroll: true });
  }
  sent = null;
  toasts(page);
  document.dispatchEvent(new Event('shown'));
}

addEventListener('popstate', () => {
  if (here !== location.pathname + location.search) location.reload();
});

/** Refreshes regions of this page by their ids; false if another page was shown meanwhile. @param {string[]} ids */
export async function refresh(ids) {
  const before = shown;
  const { page, status } = await load(location.href);
  if (before !== shown) return false;
  if (status >= 400) return true;
  live = true;
  for (const id of ids) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (old && fresh) morph(old, fresh);
    else if (old) old.remove();
  }
  live = false;
  document.dispatchEvent(new Event('shown'));
  return true;
}
