// What is wrong with the page as it stands, for people who do not see it as its author did: one
// line for each finding. Run by WebDriver, so the page's own policy does not concern it.

const [width] = arguments;
const found = [];
const tell = (what, element) => {
  const shown = element?.outerHTML.replace(/\s+/g, ' ').slice(0, 140);
  found.push(shown ? `${what}: ${shown}` : what);
};
const all = (selector) => [...document.querySelectorAll(selector)];

const isRendered = (element) =>
  element.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });

// A close imitation of how browsers compute the name of an element.
const nameOf = (element) => {
  const words = [];
  for (const id of (element.getAttribute('aria-labelledby') ?? '').split(/\s+/).filter(Boolean)) {
    words.push(document.getElementById(id)?.textContent ?? '');
  }
  words.push(element.getAttribute('aria-label') ?? '');
  for (const label of element.labels ?? []) {
    const copy = label.cloneNode(true);
    copy.querySelectorAll('input, select, textarea').forEach((field) => field.remove());
    words.push(copy.textContent);
  }
  return words.join(' ').trim();
};
const contentOf = (element) => {
  const images = [...element.querySelectorAll('img[alt], svg[aria-label]')];
  const said = images.map((image) => image.getAttribute('alt') ?? image.getAttribute('aria-label'));
  return [element.textContent, ...said, element.getAttribute('title') ?? ''].join(' ').trim();
};

// The document.
if (!/^(ru|en)$/.test(document.documentElement.lang)) tell('no language', document.documentElement);
if (!document.title.trim()) tell('no title');
const headings = all('h1, h2, h3, h4, h5, h6').filter(isRendered);
const first = headings.filter((heading) => heading.tagName === 'H1');
if (first.length !== 1) tell(`${first.length} headings of the first level`);
let level = 0;
for (const heading of headings) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) tell(`a heading skips from ${level} to ${next}`, heading);
  if (!heading.textContent.trim()) tell('an empty heading', heading);
  level = next;
}
if (all('main').length !== 1) tell('not exactly one main');
const ids = new Map();
for (const element of all('[id]')) ids.set(element.id, (ids.get(element.id) ?? 0) + 1);
for (const [id, times] of ids) if (times > 1) tell(`${times} elements are «${id}»`);
for (const attribute of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls']) {
  for (const element of all(`[${attribute}]`)) {
    for (const id of element.getAttribute(attribute).split(/\s+/)) {
      if (!document.getElementById(id)) tell(`${attribute} leads to nothing`, element);
    }
  }
}

// Names.
for (const field of all('input:not([type="hidden"]), select, textarea')) {
  if (['submit', 'button'].includes(field.type)) continue;
  if (!nameOf(field)) tell('a field without a label', field);
}
for (const element of all('button, a[href], summary, [role="button"]')) {
  if (!nameOf(element) && !contentOf(element)) tell('nothing says what it does', element);
}
for (const image of all('img:not([alt])')) tell('an image without a text', image);
for (const image of all('svg:not([aria-hidden="true"])')) {
  const named = nameOf(image) || image.querySelector('title')?.textContent.trim();
  if (!named && !image.closest('[aria-hidden="true"]')) tell('a picture without a name', image);
}
for (const table of all('table')) {
  if (!table.querySelector('th')) tell('a table without headings', table);
}
for (const element of all('a a, button button, a button, button a')) tell('one in another', element);

// Colours.
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return { r, g, b, a: a / 255 };
};
const over = (top, below) => ({
  r: top.r * top.a + below.r * (1 - top.a),
  g: top.g * top.a + below.g * (1 - top.a),
  b: top.b * top.a + below.b * (1 - top.a),
  a: 1,
});
const grounds = new Map();
const ground = (element) => {
  if (!element) return rgba('Canvas');
  if (!grounds.has(element)) {
    grounds.set(element, over(rgba(getComputedStyle(element).backgroundColor), ground(element.parentElement)));
  }
  return grounds.get(element);
};
const luminance = ({ r, g, b }) => {
  const linear = [r, g, b].map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const opacity = (element) =>
  element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1;
const judged = new Set();
const judge = (element, style) => {
  const below = ground(element);
  const colour = rgba(style.color);
  const text = over({ ...colour, a: colour.a * opacity(element) }, below);
  const [light, dark] = [luminance(text), luminance(below)].sort((a, b) => b - a);
  const ratio = (light + 0.05) / (dark + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) tell(`contrast ${ratio.toFixed(2)}`, element);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || judged.has(element)) continue;
  judged.add(element);
  if (element.closest('script, style, svg, :disabled, [aria-disabled="true"]')) continue;
  if (isRendered(element)) judge(element, getComputedStyle(element));
}
for (const field of all('input:not([type="hidden"], [type="checkbox"], [type="radio"]), select, textarea')) {
  if (field.disabled || !isRendered(field)) continue;
  judge(field, getComputedStyle(field));
  if (field.placeholder) judge(field, getComputedStyle(field, '::placeholder'));
}

// Sizes.
if (document.documentElement.scrollWidth > width) {
  tell(`the page is ${document.documentElement.scrollWidth} px wide, the window ${width}`);
  const scrolls = (element) =>
    element && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(element).overflowX)
      || scrolls(element.parentElement));
  const wide = all('body *').filter((element) =>
    element.getBoundingClientRect().right > width + 0.5 && isRendered(element) && !scrolls(element.parentElement));
  for (const element of wide.slice(0, 3)) tell('it reaches beyond the window', element);
}
for (const element of all('button, input:not([type="hidden"]), select, textarea, summary, a.button')) {
  if (!isRendered(element) || element.closest('.hidden')) continue;
  const touched = element.closest('label') ?? element;
  const { width: across, height } = touched.getBoundingClientRect();
  if (across > 0 && (across < 24 || height < 24)) {
    tell(`${Math.round(across)} × ${Math.round(height)} px are too small for a finger`, element);
  }
}

return found;
