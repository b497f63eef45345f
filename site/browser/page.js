// The page: what is typed goes to the reader, what it answers becomes tables that a screen reader can read, too.

import { loadModel, loadTokenizer, readJson } from "./models.js";
import { maskOf } from "./masks.js";
import { Reader } from "./reading.js";

const ROWS = 6;
const OWN = { "course-bert": "bidirectional", "course-gpt": "causal" };
const byId = (id) => document.getElementById(id);
const digits = (probability) => probability.toFixed(3);
const spoken = (word) => (word === "<end>" ? "(the text ends)" : word);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// The words that the model or the exact answer puts first, with both probabilities.
function rowsOf({ ranking, exact }) {
  const model = new Map(ranking);
  const best = new Map(exact ?? []);
  const shown = new Set([...ranking.slice(0, ROWS).map(([word]) => word), ...[...best.keys()].slice(0, ROWS)]);
  const rows = [...shown].map((word) => [word, model.get(word) ?? 0, best.get(word) ?? 0]);
  rows.sort((a, b) => Math.max(b[1], b[2]) - Math.max(a[1], a[2]));
  return rows.filter(([, share, best], i) => i < 3 || Number(digits(Math.max(share, best)))).slice(0, ROWS + 2);
}

function bar(share, exact = "") {
  return element("td", { class: `try-bar ${exact}`, style: `--share: ${share}` }, digits(share));
}

function answerTable(name, caption, view) {
  const heads = ["word", name, ...(view.exact ? ["best possible"] : [])];
  const body = rowsOf(view).map(([word, share, best]) =>
    element("tr", {}, element("th", { scope: "row" }, spoken(word)), bar(share), ...(view.exact ? [bar(best, "try-exact")] : [])),
  );
  return element(
    "table",
    { "data-model": name, style: `--family: ${state.about[name].colour}` },
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
    element("tbody", {}, ...body),
  );
}

function gapSection(number, both, left) {
  const tables = [answerTable("course-gpt", `from the left: ${left.read || "(nothing yet)"} …`, left)];
  if (both) tables.unshift(answerTable("course-bert", "from both sides", both));
  const title = both ? `Gap ${number + 1}` : "No gap: what comes next?";
  return element("section", { "aria-label": title }, element("h3", {}, title), element("div", { class: "try-pair" }, ...tables));
}

function tell(both, left) {
  const parts = left.views.map((view, number) => {
    const fills = both[number] ? `course-bert fills ${spoken(both[number].ranking[0][0])}, ` : "";
    return `${both[number] ? `Gap ${number + 1}: ` : ""}${fills}course-gpt expects ${spoken(view.ranking[0][0])}.`;
  });
  const stored = left.views[0].exact || both[0]?.exact;
  byId("status").textContent = parts.join(" ") + (stored ? "" : " No exact answer is stored for this text.");
}

function nameUnknown(unknown) {
  const note = byId("unknown");
  note.replaceChildren();
  if (!unknown.length) return;
  const listed = element("strong", {}, unknown.join(", "));
  note.append("Not words of Tinytown, cut into pieces that the models hardly know: ", listed);
}

async function answer() {
  const text = byId("text").value;
  const asked = state.reader.split(text);
  nameUnknown(asked.unknown);
  const { longest } = state.about["course-bert"];
  if (asked.ids.length > longest || asked.ids.length < 3) {
    const wrong = asked.ids.length < 3 ? "Write a text first." : `The text has ${asked.ids.length} tokens; the models read ${longest}.`;
    byId("status").textContent = wrong;
    return;
  }
  const both = await state.reader.bothSides(asked);
  const left = await state.reader.leftSide(asked);
  state.gaps = asked.gaps.length;
  state.texts = { "course-bert": asked.ids, "course-gpt": left.filled };
  byId("gaps").replaceChildren(...left.views.map((view, number) => gapSection(number, both[number], view)));
  tell(both, left);
  await draw();
  byId("attention").dataset.text = text; // everything on the page now speaks of this text
}

const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;

async function draw() {
  const [name, kind] = [chosen("model"), chosen("mask")];
  const ids = state.texts[name];
  const prefix = Number(byId("prefix").value);
  const out = await state.models[name](ids, kind, prefix);
  const heads = byId("head").value === "mean" ? [...Array(out.heads).keys()] : [Number(byId("head").value)];
  const layer = Number(byId("layer").value);
  const weight = (query, key) => heads.reduce((sum, head) => sum + out.weight(layer, head, query, key), 0) / heads.length;
  const tokens = ids.map((id) => state.reader.tokenizer.id_to_token(id));
  const table = attentionTable(tokens, weight, maskOf(kind, ids.length, prefix));
  table.setAttribute("style", `--family: ${state.about[name].colour}`);
  table.prepend(element("caption", {}, captionOf(name, kind, layer)));
  byId("attention").replaceChildren(table);
}

function captionOf(name, kind, layer) {
  const whose = OWN[name] === kind ? "its own" : "not its own";
  const gaps = name === "course-gpt" && state.gaps ? "; its own words stand in the gaps" : "";
  return `${name}, layer ${layer + 1}, ${kind} mask (${whose})${gaps}`;
}

function attentionTable(tokens, weight, mask) {
  const length = tokens.length;
  const grid = tokens.map((_, query) => tokens.map((_, key) => weight(query, key)));
  const most = Math.max(...grid.flat());
  const [query, key] = grid.flatMap((row, q) => row.map((w, k) => [q, k, w])).find(([, , w]) => w === most);
  byId("brightest").textContent =
    `Darkest cell: ${tokens[query]} looks at ${tokens[key]} with ${(100 * most).toFixed(0)} % of its attention.`;
  const cell = (q, k) => {
    if (!mask[q * length + k]) return element("td", { class: "shut", "aria-label": "masked" }, "·");
    const share = grid[q][k] / most;
    return element("td", { "data-seen": "", style: `--share: ${share}` }, (100 * grid[q][k]).toFixed(0));
  };
  const heads = tokens.map((token) => element("th", { scope: "col" }, token));
  const rows = tokens.map((token, q) =>
    element("tr", {}, element("th", { scope: "row" }, token), ...tokens.map((_, k) => cell(q, k))),
  );
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, element("td"), ...heads)),
    element("tbody", {}, ...rows),
  );
}

// One after the other: a session answers one question at a time, and only the newest text counts.
function queued(task) {
  let waiting = false;
  return () => {
    if (waiting) return state.busy;
    waiting = true;
    state.busy = state.busy.then(() => {
      waiting = false;
      return task();
    });
    return state.busy;
  };
}

function fillControls() {
  const { layers, heads } = state.about["course-bert"];
  const option = (value, text) => element("option", { value }, text);
  byId("layer").append(...Array.from({ length: layers }, (_, i) => option(i, i + 1)));
  byId("layer").value = layers - 1;
  byId("head").append(option("mean", "mean of all"), ...Array.from({ length: heads }, (_, i) => option(i, i + 1)));
  byId("models").append(
    ...Object.keys(state.about).map((name) =>
      element("label", {}, element("input", { type: "radio", name: "model", value: name }), ` ${name}`),
    ),
  );
  byId("sentences").append(...state.answers.sentences.map((text) => option(text, text.replaceAll("[MASK]", "___"))));
}

function choose(name) {
  document.querySelector(`input[name=model][value=${name}]`).checked = true;
  document.querySelector(`input[name=mask][value=${OWN[name]}]`).checked = true;
}

function listen() {
  const [ask, redraw] = [queued(answer), queued(draw)];
  byId("text").addEventListener("input", ask);
  byId("sentences").addEventListener("change", () => {
    byId("text").value = byId("sentences").selectedOptions[0].textContent;
    ask();
  });
  byId("models").addEventListener("change", () => choose(chosen("model")));
  byId("view").addEventListener("change", redraw);
  for (const form of [byId("ask"), byId("view")]) form.addEventListener("submit", (event) => event.preventDefault());
  byId("text").value = byId("sentences").selectedOptions[0].textContent;
  return ask();
}

const state = { busy: Promise.resolve() };

async function start() {
  const [about, answers, tokenizer] = await Promise.all([
    readJson("./models.json"),
    readJson("./answers.json"),
    loadTokenizer("course-bert"),
  ]);
  const [bert, gpt] = [await loadModel("course-bert"), await loadModel("course-gpt")];
  Object.assign(state, { about, answers, models: { "course-bert": bert, "course-gpt": gpt } });
  state.reader = new Reader({ tokenizer, about, bert, gpt, answers });
  fillControls();
  choose("course-bert");
  await listen();
  performance.mark("first answer");
  window.courseReader = state.reader; // for those who want to ask from the console
}

start().catch((error) => {
  byId("status").textContent = `The models could not be loaded: ${error.message}`;
});
