// Sends a chosen or dropped file with its progress, then shows the page it leads to.
import { show } from './swap.js';
import { toast } from './toast.js';

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`);

function words(sent, whole, since) {
  const seconds = (performance.now() - since) / 1000;
  const left = seconds > 1 && sent > 0 ? Math.ceil((whole - sent) * seconds / sent) : 0;
  if (sent >= whole) return `${size(whole)} sent. Looking at the file…`;
  return `${Math.floor(100 * sent / whole)} % · ${size(sent)} of ${size(whole)}${left > 1 ? ` · about ${left} s left` : ''}`;
}

/** @param {HTMLFormElement} form @param {File} file */
function send(form, file) {
  if (file.size > Number(form.dataset.most)) {
    toast({ title: 'The file is too large.', text: `At most ${size(Number(form.dataset.most))} are taken.`, kind: 'bad' });
    form.reset();
    return;
  }
  const state = form.querySelector('[data-upload-state]');
  const drop = form.querySelector('.drop');
  const bar = state.querySelector('progress');
  const told = state.querySelector('[data-upload-words]');
  const since = performance.now();
  const fields = new FormData();
  fields.append('file', file);
  const request = new XMLHttpRequest();
  const back = () => {
    drop.hidden = false;
    state.hidden = true;
    form.reset();
  };
  request.upload.onprogress = ({ loaded, total }) => {
    bar.max = total;
    bar.value = loaded;
    told.textContent = words(loaded, total, since);
  };
  request.onload = () => {
    const page = new DOMParser().parseFromString(request.responseText, 'text/html');
    back();
    if (page.getElementById('main')) show({ page, url: request.responseURL });
    else toast({ title: 'The file was not taken.', text: 'Nothing was stored; try again.', kind: 'bad' });
  };
  request.onerror = () => {
    back();
    toast({ title: 'The upload was cut off.', text: 'Nothing was stored; try again.', kind: 'bad' });
  };
  request.onabort = back;
  state.querySelector('[data-upload-name]').textContent = file.name;
  state.querySelector('[data-upload-cancel]').onclick = () => request.abort();
  told.textContent = words(0, file.size, since);
  bar.value = 0;
  drop.hidden = true;
  state.hidden = false;
  request.open('POST', form.action);
  request.send(fields);
}

document.addEventListener('change', (event) => {
  const form = event.target.closest('form[data-upload]');
  if (form && event.target.type === 'file' && event.target.files.length) send(form, event.target.files[0]);
});
for (const [name, over] of [['dragover', true], ['dragleave', false], ['drop', false]]) {
  document.addEventListener(name, (event) => {
    event.target.closest?.('.drop')?.toggleAttribute('data-over', over);
  });
}
