// Shows /openapi.json. Text is only ever set as text: nothing of the description becomes markup.
"use strict";

let api = {};

function node(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function resolve(value) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split("/").reduce((at, part) => at[part], api);
}

// Words between backticks are code.
function words(text) {
  const parts = (text || "").split("`");
  return parts.map((part, place) => (place % 2 ? node("code", {}, part) : part));
}

function kind(schema) {
  if (schema === true) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  for (const list of ["oneOf", "anyOf", "allOf"]) {
    if (schema[list]) return schema[list].map(kind).join(list === "allOf" ? " & " : " | ");
  }
  const types = [].concat(schema.type || "anything").map((type) => {
    if (type === "array") return "list of " + kind(schema.items || true);
    if (type === "object" && schema.additionalProperties) return "map of " + kind(schema.additionalProperties);
    return schema.format ? type + " (" + schema.format + ")" : type;
  });
  return types.join(" | ");
}

function limits(schema) {
  const said = [];
  const names = {
    minimum: "≥", maximum: "≤", exclusiveMinimum: ">", minLength: "length ≥", maxLength: "length ≤",
    maxItems: "items ≤", pattern: "pattern",
  };
  for (const [name, sign] of Object.entries(names)) {
    if (schema[name] !== undefined) said.push(sign + " " + schema[name]);
  }
  if (schema.default !== undefined) said.push("usual: " + JSON.stringify(schema.default));
  return said.join(", ");
}

// Schemas that a schema leads to; each is opened only when somebody looks.
function inner(schema) {
  if (schema === true || schema === false) return [];
  if (schema.$ref) return [schema];
  const found = [];
  for (const list of ["oneOf", "anyOf", "allOf"]) for (const one of schema[list] || []) found.push(...inner(one));
  if (schema.items) found.push(...inner(schema.items));
  if (schema.additionalProperties) found.push(...inner(schema.additionalProperties));
  return found;
}

function fields(schema) {
  const whole = resolve(schema);
  const box = node("div", { class: "fields" });
  if (whole.description) box.append(node("p", { class: "soft" }, ...words(whole.description)));
  const properties = Object.entries(whole.properties || {});
  if (properties.length) {
    const rows = properties.map(([name, property]) => {
      const needed = (whole.required || []).includes(name);
      return node("tr", {},
        node("td", {}, node("code", {}, name), needed ? " *" : ""),
        node("td", {}, node("code", {}, kind(property)), node("div", { class: "soft" }, limits(property)), ...inner(property).map(unfold)),
        node("td", {}, ...words(property.description)));
    });
    box.append(node("table", {}, node("tbody", {}, ...rows)));
  }
  for (const list of ["oneOf", "anyOf", "allOf"]) for (const one of whole[list] || []) box.append(...inner(one).map(unfold));
  if (whole.items) box.append(...inner(whole.items).map(unfold));
  return box;
}

function unfold(schema) {
  const details = node("details", {}, node("summary", {}, kind(schema)));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(fields(schema));
  });
  return details;
}

function shape(schema) {
  const links = inner(schema);
  const box = node("div", {}, node("code", {}, kind(schema)));
  if (links.length) box.append(...links.map(unfold));
  else if (schema.properties) box.append(fields(schema));
  return box;
}

function content(answer) {
  return Object.entries(answer.content || {}).map(([media, body]) =>
    node("div", {}, node("span", { class: "soft" }, media + " "), body.schema ? shape(body.schema) : null));
}

function parameters(list) {
  const rows = list.map((given) => {
    const it = resolve(given);
    return node("tr", {},
      node("td", {}, node("code", {}, it.name), it.required ? " *" : "", node("div", { class: "soft" }, it.in)),
      node("td", {}, node("code", {}, kind(it.schema)), node("div", { class: "soft" }, limits(it.schema))),
      node("td", {}, ...words(it.description)));
  });
  return node("div", {}, node("h4", {}, "Parameters"), node("table", {}, node("tbody", {}, ...rows)));
}

function example(step) {
  const body = step.body === undefined ? "" : "\n\n" + (typeof step.body === "string" ? step.body : JSON.stringify(step.body, null, 2));
  return node("details", {},
    node("summary", {}, step.summary + " → " + step.status),
    node("pre", {}, step.method + " " + step.path + (step.content_type ? "\nContent-Type: " + step.content_type : "") + body));
}

function scopes(operation) {
  const names = (operation.security || []).flatMap((one) => Object.values(one).flat());
  return names.length ? "Key with scope: " + names.join(" or ") : "No key";
}

function article(path, method, operation) {
  const made = node("article", { id: operation.operationId },
    node("h3", {}, node("span", { class: "method " + method }, method.toUpperCase()), " ", node("code", {}, path)),
    node("p", {}, operation.summary),
    node("p", { class: "soft" }, scopes(operation)));
  if (operation.description) made.append(node("p", {}, ...words(operation.description)));
  if (operation.parameters) made.append(parameters(operation.parameters));
  if (operation.requestBody) {
    made.append(node("h4", {}, "Body"), node("p", {}, ...words(operation.requestBody.description)), ...content(operation.requestBody));
  }
  const rows = Object.entries(operation.responses).map(([status, given]) => {
    const answer = resolve(given);
    return node("tr", {}, node("td", {}, status), node("td", {}, answer.description, ...content(answer)));
  });
  made.append(node("h4", {}, "Answers"), node("table", {}, node("tbody", {}, ...rows)));
  if (operation["x-examples"]) made.append(node("h4", {}, "Examples"), ...operation["x-examples"].map(example));
  return made;
}

function show() {
  document.getElementById("title").textContent = api.info.title + " " + api.info.version;
  const main = document.getElementById("content");
  const index = document.getElementById("index");
  main.replaceChildren(...api.info.description.split("\n\n").map((text) => node("p", {}, ...words(text))));
  for (const tag of api.tags) {
    const section = node("section", {}, node("h2", {}, tag.name), node("p", {}, tag.description));
    const list = node("ul", {});
    for (const [path, item] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        if (operation.tags[0] !== tag.name) continue;
        section.append(article(path, method, operation));
        list.append(node("li", { "data-text": (path + " " + operation.summary).toLowerCase() },
          node("a", { href: "#" + operation.operationId },
            node("span", { class: "method " + method }, method.toUpperCase()), " " + path)));
      }
    }
    index.append(node("h2", {}, tag.name), list);
    main.append(section);
  }
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

function filter() {
  const wanted = document.getElementById("filter").value.trim().toLowerCase();
  for (const item of document.querySelectorAll("#index li")) {
    const found = item.dataset.text.includes(wanted);
    item.hidden = !found;
    const target = document.getElementById(item.querySelector("a").getAttribute("href").slice(1));
    if (target) target.hidden = !found;
  }
}

async function load() {
  try {
    const answer = await fetch("/openapi.json");
    if (!answer.ok) throw new Error("status " + answer.status);
    api = await answer.json();
    show();
  } catch (error) {
    document.getElementById("content").replaceChildren(node("p", {}, "The description did not come: " + error.message));
  }
}

document.getElementById("filter").addEventListener("input", filter);
load();
