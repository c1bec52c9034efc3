// Takes secrets and addresses along.

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-action="copy"]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.value);
    button.dataset.before ??= button.lastChild.textContent;
    button.lastChild.textContent = 'Copied';
    setTimeout(() => { button.lastChild.textContent = button.dataset.before; }, 1500);
  } catch {
    button.parentElement.querySelector('input')?.select();
  }
});

document.addEventListener('focusin', (event) => {
  if (event.target.matches('[data-select]')) event.target.select();
});
