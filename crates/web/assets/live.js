// Events from the server: the pill that says how live the page is, regions that refresh themselves, toasts, the bell.
import { refresh } from './swap.js';
import { toast } from './toast.js';

const WORDS = { connecting: 'Connecting', live: 'Live Updates Active', reconnecting: 'Reconnecting', offline: 'Offline Mode' };
/** How long without a connection before the page calls itself offline, in ms. */
const PATIENCE = 12_000;

let lastEvent = null;
let lostAt = 0;
const open = new Set();

function tell() {
  const pill = document.getElementById('live');
  if (!pill) return;
  const state = open.size === feeds.length ? 'live' : !lostAt ? 'connecting'
    : !navigator.onLine || Date.now() - lostAt > PATIENCE ? 'offline' : 'reconnecting';
  if (pill.dataset.state !== state) {
    pill.dataset.state = state;
    pill.querySelector('.live-word').textContent = WORDS[state];
  }
  const last = lastEvent ? `last event ${lastEvent.toLocaleTimeString()}` : 'no event yet';
  pill.title = `${WORDS[state]} · ${last}`;
}

/** One socket that comes back by itself and goes on where it was. */
class Feed {
  constructor(path) {
    this.path = path;
    this.cursor = document.documentElement.dataset.cursor ?? null;
    this.tries = 0;
  }

  connect() {
    clearTimeout(this.timer);
    if (this.socket) {
      // One at a time: the one before has nothing more to say.
      this.socket.onmessage = this.socket.onclose = null;
      this.socket.close();
    }
    const since = this.cursor === null ? '' : `?since=${encodeURIComponent(this.cursor)}`;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.socket = new WebSocket(`${scheme}://${location.host}${this.path}${since}`);
    this.socket.onmessage = (message) => this.received(JSON.parse(message.data));
    this.socket.onclose = (close) => this.lost(close.code);
  }

  received(event) {
    if (event.cursor !== undefined) this.cursor = event.cursor;
    if (event.data?.cursor !== undefined) this.cursor = event.data.cursor;
    this.watch((event.data?.heartbeat_seconds ?? this.beat ?? 30) * 2500);
    if (event.type === 'hello') {
      this.beat = event.data?.heartbeat_seconds;
      this.tries = 0;
      open.add(this);
      if (open.size === feeds.length) lostAt = 0;
    } else if (event.type === 'reset') {
      mark(null);
    } else if (event.type !== 'heartbeat' && event.type !== 'pong') {
      lastEvent = new Date(event.occurred_at ?? Date.now());
      document.dispatchEvent(new CustomEvent('fairlead', { detail: event }));
      mark(event.type, event.data);
      announce(event);
    }
    tell();
  }

  /** A connection that says nothing for too long is none. */
  watch(ms) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.socket.close(), ms);
  }

  lost(code) {
    clearTimeout(this.silence);
    open.delete(this);
    lostAt ||= Date.now();
    tell();
    if (code === 4001) {
      // The session has ended, or its rights have changed: the page itself says what now.
      refreshAll().catch(() => {});
    }
    // Each with a delay of its own, so that a restarted server is not met by all at once.
    const wait = Math.min(20_000, 400 * 2 ** this.tries) * (0.5 + Math.random());
    this.tries = Math.min(this.tries + 1, 8);
    this.timer = setTimeout(() => this.connect(), wait);
  }

  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}

const role = document.documentElement.dataset.role;
const feeds = (role === 'provider' ? [] : ['/ws/leads/']).concat('/ws/notifications/').map((path) => new Feed(path));

/** Opens the sockets. */
export function connect() {
  for (const feed of feeds) feed.connect();
  setInterval(tell, 1000);
  addEventListener('online', () => feeds.forEach((feed) => open.has(feed) || feed.connect()));
  addEventListener('offline', tell);
}

const wanted = new Set();
let timer = 0;
let last = 0;

/** Whether an event is about what a region shows: `data-about` names one lead. */
function about(region, data) {
  const only = region.dataset.about;
  if (!only || !data) return true;
  const many = data.lead_ids ?? [];
  return data.lead_id === only || many.includes(only) || (data.count ?? 0) > many.length + (data.lead_id ? 1 : 0);
}

/** Regions whose `data-live` names the event (all for `null`) refresh soon: at once, but not more than once a second. */
function mark(type, data) {
  for (const region of document.querySelectorAll('[data-live]')) {
    if (type === null || (region.dataset.live.split(' ').includes(type) && about(region, data))) wanted.add(region.id);
  }
  if (!wanted.size || timer) return;
  timer = setTimeout(run, Math.max(60, 1000 - (Date.now() - last)));
}

async function run() {
  const ids = [...wanted];
  wanted.clear();
  try {
    // Overtaken by a page the reader asked for: once more, for what is on that one.
    if (!(await refresh(ids))) ids.forEach((id) => wanted.add(id));
  } catch {
    // The next event, or the reader, tries again.
  }
  last = Date.now();
  timer = 0;
  if (wanted.size) mark('');
}

const refreshAll = () => refresh([...document.querySelectorAll('[data-live]')].map((region) => region.id));

let created = 0;
let createdTimer = 0;
const alerts = new Set();

/** Toasts and counts that come from the event itself. */
function announce({ type, data, test }) {
  const mark = test ? 'Test: ' : '';
  if (type === 'notification_message') {
    unread(data.unread_count);
    if (!alerts.delete(data.notification_id)) toast({ title: mark + data.title, text: data.message, href: '/notifications' });
  } else if (type === 'lead_alert') {
    // The same notification follows as a message: it is told once, and leads to the lead.
    alerts.add(data.notification_id);
    const href = role === 'agent' ? `/my-leads?lead=${data.lead_id}` : `/leads/${data.lead_id}`;
    toast({ title: mark + data.title, text: data.message, href });
  } else if (type === 'lead_created' && (role === 'admin' || role === 'manager')) {
    created += 1;
    const { title, category, location } = data;
    const text = [title, category, location?.city].filter(Boolean).join(' · ');
    clearTimeout(createdTimer);
    createdTimer = setTimeout(() => {
      toast(created === 1 ? { title: `${mark}New lead`, text, href: `/leads/${data.lead_id}` }
        : { title: `${mark}${created} new leads`, text: `The last: ${text}`, href: '/leads' });
      created = 0;
    }, 1500);
  } else if (type === 'balance_updated') {
    toast({ title: `${mark}Balance updated`, text: `New balance: ${data.new_balance}` });
  } else if (type === 'lead_claimed') {
    toast({ title: `${mark}Lead getting competitive`, text: `${data.current_claims} of ${data.max_claims} have claimed it` });
  }
}

/** The number on the bell. @param {number} count */
export function unread(count) {
  const badge = document.getElementById('unread');
  if (!badge) return;
  badge.textContent = count > 99 ? '99+' : String(count);
  badge.hidden = !count;
  badge.parentElement.setAttribute('aria-label', count ? `Notifications, ${count} unread` : 'Notifications');
}

/** Tells the server that a notification was read. */
export const read = (id) => feeds.at(-1).send({ type: 'read', notification_id: id });
