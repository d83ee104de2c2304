// The visible field with this label.
const [label] = arguments;
const tidy = (text) => text.replace(/\s+/g, ' ').trim();
const fields = [...document.querySelectorAll('input:not([type="hidden"]), select, textarea')];
const names = (field) => [
  ...[...(field.labels ?? [])].map((it) => tidy(it.textContent)),
  tidy(field.getAttribute('aria-label') ?? ''),
];
const visible = fields.filter((field) => field.checkVisibility({ visibilityProperty: true }));
return visible.find((field) => names(field).includes(label)) ?? null;
