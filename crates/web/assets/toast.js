// Short messages at the bottom: three at most, kept while somebody points at them.

const SHOWN = 6000;
const MOST = 3;

function leave(element) {
  let timer = 0;
  const start = () => { timer = setTimeout(() => element.remove(), SHOWN); };
  const stay = () => clearTimeout(timer);
  element.addEventListener('pointerenter', stay);
  element.addEventListener('focusin', stay);
  element.addEventListener('pointerleave', start);
  element.addEventListener('focusout', start);
  start();
}

/** Gives every toast its way out. */
function care() {
  const box = document.getElementById('toasts');
  if (!box) return;
  for (const element of box.querySelectorAll('.toast:not([data-cared])')) {
    element.dataset.cared = '';
    const close = document.createElement('button');
    close.type = 'button';
    close.setAttribute('aria-label', 'Dismiss');
    close.textContent = '✕';
    close.addEventListener('click', () => element.remove());
    element.append(close);
    leave(element);
  }
  while (box.children.length > MOST) box.firstElementChild.remove();
}

/** @param {{title: string, text?: string, kind?: string, href?: string}} message */
export function toast({ title, text = '', kind = 'info', href }) {
  const element = document.createElement('div');
  element.className = 'toast';
  element.dataset.kind = kind;
  const body = document.createElement('p');
  const strong = document.createElement(href ? 'a' : 'strong');
  strong.textContent = title;
  if (href) strong.href = href;
  body.append(strong, text ? ` ${text}` : '');
  element.append(body);
  document.getElementById('toasts')?.append(element);
  care();
}

document.addEventListener('toasts', care);
care();
