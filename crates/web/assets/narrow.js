// A list that gets shorter while one types: `data-narrow` names the list, each item says in `data-text` what it is found by.

document.addEventListener('input', (event) => {
  const list = event.target.dataset?.narrow && document.getElementById(event.target.dataset.narrow);
  if (!list) return;
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of list.querySelectorAll('[data-text]')) {
    item.hidden = !words.every((word) => item.dataset.text.toLowerCase().includes(word));
    shown += item.hidden ? 0 : 1;
  }
  const none = list.querySelector('[data-none]');
  if (none) none.hidden = shown > 0;
});
