// Lists that follow what is typed. Without it the button does the same.

const form = document.querySelector('form[data-search]');
const input = form?.querySelector('input[type="search"]');
const found = form && document.querySelector(form.dataset.found);
let asked = 0;
let timer;

async function look() {
  const turn = ++asked;
  const query = new URLSearchParams(new FormData(form));
  query.set('part', 'found');
  const answer = await fetch(`${form.dataset.search}?${query}`);
  // A slow answer must not take the place of a newer one.
  if (!answer.ok || answer.redirected || turn !== asked) return;
  found.innerHTML = await answer.text();
}

if (input && found) {
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(look, 200);
  });
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input, select, textarea');
    if (event.key !== '/' || isTyping) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}
