// The draft of a source's configuration: counting its changes, removing at once, choosing agents in a dialog.

const draft = () => document.getElementById('config');
const members = (form) => [...form.querySelectorAll('input[name="member"]')];
const plural = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** How many things differ from what is stored; the server counts the same. */
function changes(form) {
  const stored = new Set(form.dataset.members.split(' ').filter(Boolean));
  let count = 0;
  for (const name of ['policy', 'order']) {
    if (form.querySelector(`input[name="${name}"]:checked`)?.value !== form.dataset[name]) count += 1;
  }
  for (const { value } of members(form)) {
    const weight = form.elements[`w${value}`];
    if (!stored.delete(value) || Number(weight.value) !== Number(weight.dataset.saved)) count += 1;
  }
  return count + stored.size;
}

function recount() {
  const form = draft();
  const bar = form?.querySelector('.save-bar');
  if (!bar) return;
  const count = changes(form);
  if (String(count) === bar.dataset.changes) return;
  bar.dataset.changes = count;
  bar.querySelector('[data-told]').textContent = plural(count, 'change');
  bar.querySelector('.what').textContent = '';
  form.toggleAttribute('data-dirty', count > 0);
}

/** Takes a member out without asking the server. */
function remove(button) {
  const chip = button.closest('.member');
  const next = chip.nextElementSibling ?? chip.previousElementSibling;
  const name = chip.querySelector('.ellipsis').textContent;
  chip.remove();
  (next?.querySelector('.remove') ?? document.querySelector('[data-choose]'))?.focus();
  recount();
  const told = draft().querySelector('.what');
  if (told) told.textContent = ` ${name} removed`;
}

function name(dialog) {
  const count = dialog.querySelectorAll('input[name="add"]:checked').length;
  const button = dialog.querySelector('[data-add]');
  if (button) button.textContent = count ? `Add ${plural(count, 'agent')}` : 'Add agents';
}

let timer = 0;

/** Searches as one types; a request under way is waited for. */
function search(input) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    const form = draft();
    if (!form) return;
    if ('sending' in form.dataset) search(input);
    else form.requestSubmit(form.querySelector('[data-search]'));
  }, 150);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button, a');
  if (!button) return;
  if (button.matches('#config .remove')) {
    event.preventDefault();
    remove(button);
  } else if (button.matches('[data-close]') && button.closest('dialog:modal')) {
    event.preventDefault();
    button.closest('dialog').close();
  } else if (button.matches('[data-discard]')) {
    draft()?.removeAttribute('data-dirty');
  }
});

document.addEventListener('input', (event) => {
  const { target } = event;
  if (!target.closest?.('#config')) return;
  if (target.closest('#add-agent')) {
    if (target.name === 'q') search(target);
    else name(target.closest('dialog'));
  }
  recount();
});

document.addEventListener('keydown', (event) => {
  // Enter in the search chooses nobody and sends nothing else.
  if (event.key === 'Enter' && event.target.matches?.('#add-agent input[name="q"]')) event.preventDefault();
});

/** After the page has changed: the dialog becomes a real one, the preview comes into view. */
function settle() {
  const dialog = document.querySelector('dialog[data-modal]');
  if (dialog && !dialog.matches(':modal')) {
    dialog.close();
    dialog.showModal();
    dialog.querySelector('input[name="q"]')?.focus();
  }
  const arrived = document.querySelector('[data-arrive]');
  if (arrived) {
    arrived.removeAttribute('data-arrive');
    arrived.scrollIntoView({ block: 'nearest', behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
    arrived.focus({ preventScroll: true });
  }
  recount();
  overtaken();
}

/** Says early that a draft is overtaken; a save would say so too. */
function overtaken() {
  const form = draft();
  if (!form?.matches('[data-dirty]')) return;
  if (form.elements.version.value !== form.closest('[data-version]').dataset.version) {
    form.querySelector('.what').textContent = ' Somebody else has saved meanwhile: saving shows you their change first.';
  }
}

document.addEventListener('shown', settle);
settle();
