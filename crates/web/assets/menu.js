// Menus, dialogs, steppers, keys, and how it looks.

const YEAR = 31_536_000;
const keep = (name, value) => { document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR}; SameSite=Lax`; };

const ACTIONS = {
  open(button) {
    const dialog = document.getElementById(button.dataset.dialog);
    dialog?.showModal();
    dialog?.querySelector('[autofocus], input:not([type="hidden"]), select, textarea')?.focus();
  },
  close: (button) => button.closest('dialog')?.close(),
  'step-up': (button) => step(button, 1),
  'step-down': (button) => step(button, -1),
};

function step(button, sign) {
  const input = button.parentElement.querySelector('input');
  if (sign > 0) input.stepUp();
  else input.stepDown();
  input.dispatchEvent(new Event('input', { bubbles: true }));
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

function look(button) {
  const { themeChoice, datesChoice } = button.dataset;
  if (themeChoice) {
    keep('fl_theme', themeChoice);
    if (themeChoice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = themeChoice;
    for (const other of button.parentElement.querySelectorAll('button')) {
      other.toggleAttribute('aria-pressed', false);
    }
    button.setAttribute('aria-pressed', 'true');
  } else if (datesChoice) {
    keep('fl_dates', datesChoice);
    location.reload();
  }
}

document.addEventListener('click', (event) => {
  // A link with an action leads somewhere without this module, too.
  const button = event.target.closest('button, a[data-action]');
  const action = ACTIONS[button?.dataset.action];
  if (action && !event.metaKey && !event.ctrlKey) {
    if (button.href) event.preventDefault();
    action(button);
  }
  if (button && ('themeChoice' in button.dataset || 'datesChoice' in button.dataset)) look(button);
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
  // A click beside a dialog closes it.
  if (event.target.matches?.('dialog')) event.target.close();
});

document.addEventListener('keydown', (event) => {
  const typing = event.target.matches('input, select, textarea, [contenteditable]');
  if (event.key === '/' && !typing && !event.metaKey && !event.ctrlKey) {
    const search = document.getElementById('search');
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
  if (event.key === 'Escape') {
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  }
});
