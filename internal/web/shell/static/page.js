// What the page does beyond its links and forms; without it they still work.
import { draw, plotted, save, watch } from "./charts.js";

window.codegauge = { charts: plotted };

const root = document.documentElement;
const live = document.getElementById("live");

/** Switches between light and dark, from what is seen now. */
function switchTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("codegauge-theme", root.dataset.theme);
  } catch {
    // Storage is off: the choice lasts for this page.
  }
  draw();
}

/** Shows a card's table, or its chart again. */
function toggleTable(button) {
  const card = button.closest(".card");
  const on = card.classList.toggle("shows-table");
  button.setAttribute("aria-expanded", String(on));
}

/** Copies a card's sentence with its link and data version. */
async function copySentence(button) {
  const quote = button.closest(".words").querySelector("blockquote");
  const url = new URL(quote.dataset.url, location.href);
  const text = `${quote.textContent} [${url}, ${quote.dataset.version}]`;
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = live.textContent = document.body.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  } catch {
    getSelection().selectAllChildren(quote); // no clipboard: the reader copies it
  }
}

const actions = [
  ["[data-theme-switch]", switchTheme],
  ["[data-table]", toggleTable],
  ["[data-copy]", copySentence],
  ["[data-png]", (button) => save(button.dataset.png || button.closest(".card").id)],
  ["[data-print]", () => print()],
];

document.addEventListener("click", (event) => {
  for (const [selector, act] of actions) {
    const target = event.target.closest(selector);
    if (target) act(target);
  }
  for (const menu of document.querySelectorAll("details.menu[open], details.github[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open], details.github[open]") ?? document.querySelector("details.menu[open], details.github[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

/** Takes files dropped on a form, and checks them at once. */
function takeDrops(form) {
  const input = form.querySelector("input[type=file]");
  const over = (event, on) => {
    event.preventDefault();
    form.classList.toggle("over", on);
  };
  form.addEventListener("dragover", (event) => over(event, true));
  form.addEventListener("dragleave", (event) => over(event, false));
  form.addEventListener("drop", (event) => {
    over(event, false);
    input.files = event.dataTransfer.files;
    if (form.checkValidity()) form.requestSubmit();
    else form.reportValidity();
  });
  form.addEventListener("submit", () => {
    form.querySelector(".reading").hidden = false;
    live.textContent = form.querySelector(".reading").textContent;
  });
}

/** Shows how far an export is, and the page anew when it has ended. */
async function follow(row) {
  let state;
  try {
    const answer = await fetch(row.dataset.export, { headers: { Accept: "application/json" } });
    state = answer.ok ? await answer.json() : { status: "gone" };
  } catch {
    state = { status: "running" }; // the server may be back
  }
  if (state.status !== "waiting" && state.status !== "running") {
    location.reload();
    return;
  }
  if (state.records !== undefined) {
    row.querySelector("progress").value = state.records;
    const words = row.querySelector("progress ~ small");
    words.textContent = words.textContent.replace(/[\d,]+/, state.records.toLocaleString("en"));
  }
  setTimeout(follow, 2000, row);
}

/** Shows credits as shares of a compensation a year, which the viewer enters and which stays
 * in this browser: no form sends it. */
function shareCompensation(input) {
  const key = "codegauge-compensation";
  const show = () => {
    const year = Number(input.value);
    for (const cell of input.closest(".card").querySelectorAll("[data-credits]")) {
      cell.textContent = year > 0 ? `${(100 * 12 * cell.dataset.credits / year).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}%` : "–";
    }
  };
  try {
    input.value = localStorage.getItem(key) ?? "";
  } catch {
    // Storage is off: the amount lasts for this page.
  }
  input.addEventListener("input", () => {
    show();
    try {
      localStorage.setItem(key, input.value);
    } catch {
      // As above.
    }
  });
  show();
}

/** Makes a choice of the form that a search has found. */
function choice(list, { label, field }) {
  const row = document.createElement("label"), input = document.createElement("input"), words = document.createElement("span");
  input.type = list.dataset.type;
  input.name = list.dataset.name;
  input.value = field;
  words.textContent = label;
  row.append(input, words);
  return row;
}

/** Lets the values of a filter be searched: those in the page, or where they are more, on the
 * server. What is chosen stays in sight. */
function searchValues(input) {
  const group = input.closest("fieldset"), list = group.querySelector(".options"), found = group.querySelector(".found");
  const rows = () => [...list.children], chosen = (row) => row.firstChild.checked || row.firstChild.value === "";
  const count = (words, n, of) => words.replace("{n}", n.toLocaleString("en")).replace("{of}", of.toLocaleString("en"));
  let asked = 0, timer;

  group.querySelector("input.no-js")?.remove();
  for (const row of rows()) row.firstChild.disabled = false;
  found.textContent = found.dataset.hint;

  const inPage = (word) => {
    let n = 0;
    for (const row of rows()) {
      const matches = row.textContent.toLowerCase().includes(word);
      row.hidden = !matches && !chosen(row);
      n += matches;
    }
    found.textContent = word ? count(document.body.dataset.found, n, rows().length) : "";
  };
  const onServer = async (word) => {
    const turn = ++asked;
    const url = new URL(group.dataset.values, location.href);
    url.searchParams.set("q", word);
    const answer = await fetch(url, { headers: { Accept: "application/json" } }).then((r) => r.ok ? r.json() : undefined).catch(() => undefined);
    if (turn !== asked || !answer) return; // another search has begun, or the server may be back for the next
    for (const row of rows()) if (!chosen(row)) row.remove();
    const there = new Set(rows().map((row) => row.firstChild.value));
    list.append(...answer.values.filter((v) => !there.has(v.field)).map((v) => choice(list, v)));
    found.textContent = count(document.body.dataset.more, answer.found, answer.values.length);
  };
  const search = () => {
    const word = input.value.trim().toLowerCase();
    if (!group.dataset.values) return inPage(word);
    clearTimeout(timer);
    timer = setTimeout(onServer, 150, word);
  };
  input.addEventListener("input", search);
  if (group.dataset.values) group.closest("details").addEventListener("toggle", search, { once: true });
  input.addEventListener("keydown", (event) => {
    const seen = rows().filter((row) => !row.hidden);
    if (event.key === "ArrowDown" && seen.length > 0) {
      (seen.find((row) => !chosen(row)) ?? seen[0]).firstChild.focus();
    } else if (event.key === "Enter") {
      const open = seen.filter((row) => !chosen(row)); // the only one that is found is meant
      if (open.length === 1) open[0].firstChild.checked = true;
    } else if (event.key === "Escape" && input.value) {
      input.value = "";
      search();
      event.stopPropagation(); // the menu stays open
    } else {
      return;
    }
    event.preventDefault();
  });
}

for (const input of document.querySelectorAll("[data-search]")) searchValues(input);
for (const input of document.querySelectorAll("[data-compensation]")) shareCompensation(input);
for (const form of document.querySelectorAll("[data-drop]")) takeDrops(form);
for (const row of document.querySelectorAll("[data-export]")) setTimeout(follow, 1000, row);
for (const node of document.querySelectorAll("[data-print-url]")) node.textContent = new URL(node.dataset.printUrl, location.href).href;
watch();
draw();
