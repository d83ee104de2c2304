// The visible button, link, menu or choice that is called so: exactly, or else beginning with it.
const [name] = arguments;
const tidy = (text) => text.replace(/\s+/g, ' ').trim();
const visible = (element) => element.checkVisibility({ visibilityProperty: true });
const open = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
const all = [...open.querySelectorAll('button, a[href], summary, label.choice, label.reveal')].filter(visible);
const names = (element) => [
  tidy(element.innerText ?? element.textContent),
  tidy(element.getAttribute('aria-label') ?? ''),
];
return all.find((element) => names(element).includes(name))
  ?? all.find((element) => names(element).some((it) => it.startsWith(name)))
  ?? null;
