// A wire between browser and server that can be cut and mended.
import { connect, createServer } from 'node:net';

/** Listens on a free port and passes everything on to `port`. */
export async function wire(port) {
  const open = new Set();
  let cut = false;
  const server = createServer((here) => {
    if (cut) return void here.destroy();
    const there = connect(port, '127.0.0.1');
    for (const [from, to] of [[here, there], [there, here]]) {
      open.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('close', () => { open.delete(from); to.destroy(); });
      from.on('error', () => {});
    }
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    cut() { cut = true; for (const socket of open) socket.destroy(); },
    mend() { cut = false; },
    close() { this.cut(); server.close(); },
  };
}
