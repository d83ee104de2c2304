// Regions of a page that stay true: [data-live] is asked for again when the server says that
// something has changed, [data-every] each so many seconds. Without this the page shows how things
// stood when it was loaded.

let busy = false;
let again = false;

const regions = (root) => root.querySelectorAll('[data-live], [data-every]');

/** Whether somebody is in the middle of something here. */
function isInUse(region) {
  const field = region.querySelector('input:focus, textarea:focus, select:focus');
  const typed = [...region.querySelectorAll('input, textarea')].some((it) => it.type !== 'hidden' && it.value !== it.defaultValue);
  return Boolean(field) || typed;
}

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' }, redirect: 'manual' });
    if (answer.ok) put(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    else if (answer.type === 'opaqueredirect') location.reload();
  } catch {
    // The server is away; the stream says when it is back.
  }
  busy = false;
  if (again) { again = false; refresh(); }
}

function put(fresh) {
  for (const region of regions(document)) {
    const next = fresh.getElementById(region.id);
    if (!next || next.innerHTML === region.innerHTML || isInUse(region)) continue;
    const focused = region.contains(document.activeElement) ? document.activeElement.getAttribute('href') : null;
    const open = [...region.querySelectorAll('details[open]')].map((it) => it.id);
    region.replaceChildren(...next.childNodes);
    for (const id of open) region.querySelector(`details[id="${id}"]`)?.setAttribute('open', '');
    if (focused) region.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  }
  document.title = fresh.title;
}

if (document.querySelector('[data-live]')) {
  const stream = new EventSource('/live');
  stream.addEventListener('changed', refresh);
  addEventListener('pagehide', () => stream.close());
}
const every = Number(document.querySelector('[data-every]')?.dataset.every ?? 0);
if (every > 0) setInterval(() => { if (!document.hidden) refresh(); }, every * 1000);
