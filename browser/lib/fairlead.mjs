// A running Fairlead with the demo's data, in a folder of its own, on a free port.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The binary under test. */
export const FAIRLEAD = process.env.FAIRLEAD_BIN ?? join(root, 'target', 'debug', 'fairlead');
/** Long enough for a password. */
export const PASSWORD = 'correct horse battery staple';

/** Starts the program; resolves with what it says first, as JSON. */
function started(child) {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
    child.once('exit', (code) => reject(new Error(`fairlead ended with ${code}`)));
  });
}

/** The demo with its agents, sources and leads. Call `stop` in the end. */
export async function demo(...more) {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-browser-'));
  const data = join(folder, 'data');
  const env = { ...process.env, RUST_LOG: process.env.RUST_LOG ?? 'error' };
  delete env.DATABASE_URL;
  const child = spawn(FAIRLEAD, ['--json', 'demo', '--data-dir', data, '--listen', '127.0.0.1:0', ...more], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const said = await started(child);
  const app = new App(folder, `sqlite://${join(data, 'fairlead.db')}`, child, said);
  return app;
}

class App {
  constructor(folder, database, child, said) {
    Object.assign(this, { folder, database, child, said, url: said.url, port: Number(new URL(said.url).port) });
  }

  /** A command of the program beside the server; what it printed. */
  cli(args, stdin = '') {
    const out = spawnSync(FAIRLEAD, args, { env: { ...process.env, DATABASE_URL: this.database, NO_COLOR: '1' }, input: stdin, encoding: 'utf8' });
    if (out.status !== 0) throw new Error(`fairlead ${args.join(' ')}: ${out.stderr}${out.stdout}`);
    return out.stdout;
  }

  /** A user who signs in with [`PASSWORD`]. */
  user(email, role, name) {
    this.cli(['user', 'add', '--email', email, '--role', role, '--name', name], PASSWORD);
  }

  /** Calls the API as the demo's admin. */
  async api(method, path, body) {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.said.tokens.admin}`, 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Ends the server, well (`SIGTERM`) or not (`SIGKILL`); resolves when it has gone. */
  async end(signal = 'SIGTERM') {
    const gone = new Promise((resolve) => { this.child.once('exit', resolve); });
    this.child.kill(signal);
    await gone;
  }

  /** A server on the same database and port. */
  async again() {
    const env = { ...process.env, DATABASE_URL: this.database, RUST_LOG: 'error' };
    this.child = spawn(FAIRLEAD, ['--json', 'serve', '--listen', `127.0.0.1:${this.port}`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    await started(this.child);
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) await this.end('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
