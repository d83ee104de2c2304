// What makes every page handier. Without it everything works, too.

const words = document.body.dataset;

// The first field that is wrong, or else nothing: a page is not scrolled for nothing.
document.querySelector('[aria-invalid="true"]')?.focus();

// A form that says what it is about to do asks before it does it.
for (const form of document.querySelectorAll('form[data-confirm]')) {
  form.addEventListener('submit', (event) => {
    if (form.dataset.confirmed) return;
    event.preventDefault();
    confirmed(form.dataset.confirm, event.submitter?.textContent ?? 'OK').then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = 'yes';
      form.requestSubmit(event.submitter);
    });
  });
}

/** Asks in a dialog of the page; it is left by Escape, too. */
export function confirmed(question, yes) {
  const dialog = document.createElement('dialog');
  const form = document.createElement('form');
  form.method = 'dialog';
  const heading = document.createElement('h2');
  heading.textContent = words.confirmTitle;
  const text = document.createElement('p');
  text.textContent = question;
  const buttons = document.createElement('div');
  buttons.className = 'buttons';
  for (const [value, label, look] of [['no', words.cancel, ''], ['yes', yes, 'primary']]) {
    const button = document.createElement('button');
    button.value = value;
    button.textContent = label;
    button.className = look;
    buttons.append(button);
  }
  form.append(heading, text, buttons);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((tell) => {
    dialog.addEventListener('close', () => {
      tell(dialog.returnValue === 'yes');
      dialog.remove();
    });
  });
}

// Copies what the button names.
for (const button of document.querySelectorAll('[data-copy], [data-copy-path]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    const { copy, copyPath } = button.dataset;
    await navigator.clipboard.writeText(copy ?? new URL(copyPath, location.href).href);
    say(words.copied);
  });
}

/** Says something to those who see and to those who listen. */
export function say(text) {
  const notice = document.createElement('p');
  notice.className = 'notice';
  notice.textContent = text;
  document.querySelector('.notices')?.replaceChildren(notice);
}

// Passwords can be looked at while they are typed.
for (const input of document.querySelectorAll('input[type="password"]')) {
  const label = document.createElement('label');
  label.className = 'reveal';
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.addEventListener('change', () => {
    input.type = box.checked ? 'text' : 'password';
  });
  label.append(box, words.showPassword);
  input.after(label);
}

// One menu is open at a time, and Escape or a click elsewhere closes it.
const menus = [...document.querySelectorAll('details.menu')];
const close = (except) => menus.filter((menu) => menu !== except).forEach((menu) => { menu.open = false; });
document.addEventListener('click', (event) => close(event.target.closest('details.menu')));
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  const open = menus.find((menu) => menu.open);
  close();
  open?.querySelector('summary')?.focus();
});
