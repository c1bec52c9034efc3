// Forms that send themselves in the background, and filters that answer while one types.
import { load, show } from './swap.js';
import { toast } from './toast.js';

/** Sends a form and shows where it leads. */
async function send(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  const buttons = form.querySelectorAll('button[type="submit"]');
  buttons.forEach((button) => button.setAttribute('aria-busy', 'true'));
  form.dataset.sending = '';
  try {
    const action = submitter?.getAttribute('formaction') ?? form.getAttribute('action') ?? location.href;
    const answer = await load(action, { method: 'POST', body: fields });
    form.closest('dialog')?.close();
    if (!answer.page.getElementById('main')) throw new Error('no page');
    delete form.dataset.sending;
    show(answer, form);
  } catch (error) {
    if (error.message !== 'signed out') {
      toast({ title: 'The server was not reached.', text: 'Nothing was changed; try again.', kind: 'bad' });
    }
  } finally {
    delete form.dataset.sending;
    buttons.forEach((button) => button.removeAttribute('aria-busy'));
  }
}

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post' || form.matches('[data-plain], [enctype="multipart/form-data"]')) return;
  if (form.getAttribute('action') === '/sign-out' || document.body.matches('.bare')) return;
  event.preventDefault();
  if (!('sending' in form.dataset)) send(form, event.submitter);
});

/** Marks what was changed, so that a live refresh does not undo it; switches and selects may send at once. */
document.addEventListener('input', (event) => {
  const form = event.target.closest('form');
  if (!form) return;
  if (form.matches('[data-guard]')) form.setAttribute('data-dirty', '');
  if (form.matches('[data-filter]')) filter(form);
});
document.addEventListener('change', (event) => {
  const form = event.target.closest('form');
  if (event.target.matches('[data-send]')) form.requestSubmit();
  else if (form?.matches('[data-filter]')) filter(form);
});
document.addEventListener('reset', (event) => event.target.removeAttribute('data-dirty'));

let timer = 0;
let asked = 0;

/** Shows what a filter finds, 150 ms after the last key; only the newest answer counts. */
function filter(form) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const mine = (asked += 1);
    const fields = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...fields]) if (!value) fields.delete(name);
    const busy = document.getElementById(form.dataset.filter);
    busy?.classList.add('busy');
    try {
      const url = `${form.getAttribute('action') ?? location.pathname}?${fields}`;
      const answer = await load(url);
      if (mine === asked) show(answer);
    } catch {
      toast({ title: 'The server was not reached.', kind: 'bad' });
    } finally {
      busy?.classList.remove('busy');
    }
  }, 150);
}
