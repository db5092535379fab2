// Charts are drawn from the table of their card, and from nothing else: what is
// plotted is what the table says. Colours come from the stylesheet.

const cards = new Map(); // card id → { chart, card, columns, rows }
let printing = false; // the charts are those of a sheet of paper

/** What is plotted, by card: { daily: { labels, keys, datasets: [{ series, data }] } }. */
export const plotted = {};

const phone = matchMedia("(max-width: 640px)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

const compactUnits = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];

/** Writes a number as the page does: 812, 12.0k, 1.20M, with a true minus. */
export function compact(n) {
  const sign = n < 0 ? "−" : "";
  const size = Math.abs(n);
  for (const [unit, name] of compactUnits) {
    if (size < unit) continue;
    const f = size / unit;
    return sign + f.toFixed(f < 10 ? 2 : f < 100 ? 1 : 0) + name;
  }
  return sign + Math.round(size);
}

const full = (n) => (n < 0 ? "−" : "") + Math.abs(n).toLocaleString("en-US");

/** A share as the page writes it: 76.4%, and what is neither nothing nor all as neither. */
function percent(n) {
  const written = `${(100 * n).toFixed(1)}%`;
  if (n > 0 && written === "0.0%") return "<0.1%";
  return n < 1 && written === "100.0%" ? ">99.9%" : written;
}

/** A tick of an axis: as few digits as it needs. */
const tick = (n) => compact(n).replace(/\.0+(?=[kMG])/, "").replace(/(\.\d*?)0+(?=[kMG])/, "$1");

function palette() {
  const style = getComputedStyle(document.documentElement);
  const get = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["added", "deleted", "user", "agent", "unclassified", "neutral", "ink", "muted", "line", "grid", "surface"];
  const steps = ["none", "grey", "pale", "mid", "strong"];
  return Object.fromEntries([...names.map((name) => [name, get(name)]), ...steps.map((step) => [step, get(`step-${step}`)])]);
}

/** A fill of diagonal stripes, which stand for what is provisional and for nothing else. */
function stripes(colour) {
  const step = 9;
  const tile = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  tile.width = tile.height = step * ratio;
  const g = tile.getContext("2d");
  g.scale(ratio, ratio);
  g.globalAlpha = 0.08;
  g.fillStyle = colour;
  g.fillRect(0, 0, step, step);
  g.globalAlpha = 1;
  g.strokeStyle = colour;
  g.lineWidth = step / 3;
  for (const d of [-step, 0, step]) {
    g.beginPath();
    g.moveTo(d - 1, -1);
    g.lineTo(d + step + 1, step + 1);
    g.stroke();
  }
  const pattern = g.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern;
}

/** A colour as pale as a part of a week or month is drawn. */
const pale = (colour) => (/^#[0-9a-f]{6}$/i.test(colour) ? `${colour}73` : colour);

/** Words of the catalogue, as the page carries them. */
const words = document.body.dataset;

/** The table that this width of screen draws. */
function tableOf(card) {
  const tables = [...card.querySelectorAll(".data table")];
  const want = phone.matches && !printing ? "phone" : "wide";
  return tables.find((t) => t.dataset.for === want) ?? tables.find((t) => !t.dataset.for) ?? tables[0];
}

function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((h, i) => ({ i, label: h.textContent, ...h.dataset })).filter((c) => c.series && c.draw !== "none");
  const rows = [...table.tBodies[0].rows].filter((r) => r.dataset.plot !== undefined);
  for (const c of columns) {
    c.values = rows.map((r) => {
      const value = r.cells[c.i].dataset.value;
      return value === undefined ? null : Number(value);
    });
  }
  return { columns, rows };
}

const down = (column) => column.draw.endsWith("down");

/** A mark is as wide as its bar, so that the marks of neighbours do not touch. */
const markRadius = ({ chart }) => Math.max(1.5, Math.min(8, (chart.width / Math.max(1, chart.data.labels.length)) * 0.38));

function daysData({ columns, rows }, colours) {
  const datasets = columns.map((c) => {
    const data = c.values.map((v) => (v === null ? null : down(c) ? -v : v));
    if (c.draw.startsWith("mark")) {
      return { type: "line", label: c.label, series: c.series, data, showLine: false, pointStyle: "line", pointRadius: markRadius, pointHoverRadius: markRadius, pointBorderColor: colours.ink, pointBorderWidth: 1.5, order: 0 };
    }
    const colour = colours[c.colour];
    if (c.draw === "line" || c.draw === "rule") { // a line is straight, and stops where nothing is known
      const line = c.draw === "line";
      return {
        type: "line", label: c.label, series: c.series, data, stack: c.series, order: line ? 0 : 2, borderColor: line ? colour : colours.muted, backgroundColor: line ? colour : colours.muted,
        borderWidth: line ? 2 : 1, borderDash: line ? [] : [5, 4], pointRadius: line ? 2.5 : 0, pointHoverRadius: line ? 4 : 0, spanGaps: false,
      };
    }
    const fills = { provisional: stripes(colour), partial: pale(colour) };
    const states = rows.map((r) => r.dataset.state);
    return {
      label: c.label, series: c.series, data, stack: "all", order: 1,
      backgroundColor: states.map((s) => fills[s] ?? colour),
      borderColor: colour,
      borderWidth: states.map((s) => (s === "provisional" || s === "partial" ? 1 : 0)),
      categoryPercentage: 0.94, barPercentage: 0.86, maxBarThickness: 40,
    };
  });
  return { labels: rows.map((r) => r.dataset.plot), datasets };
}

/** Bars to both sides of an axis; ticks are drawn by figures, and set no scale. */
function barsData({ columns, rows }, colours) {
  const neutral = rows.map((r) => r.dataset.neutral !== undefined);
  const datasets = columns.map((c) => ({
    label: c.label, series: c.series, data: c.values.map((v) => (v !== null && down(c) ? -v : v)),
    stack: c.draw === "tick" ? "ticks" : "bars", grouped: false,
    backgroundColor: c.draw === "tick" ? "transparent" : rows.map((_, i) => (neutral[i] ? (down(c) ? colours.muted : colours.neutral) : colours[c.colour])),
    categoryPercentage: 0.82, barPercentage: 0.72,
  }));
  return { labels: rows.map((r) => r.dataset.plot), datasets };
}

/** The runs of bars without data, as pairs of first and last index. */
function gaps(rows) {
  const out = [];
  rows.forEach((r, i) => {
    if (r.dataset.state !== "missing") return;
    if (out.at(-1)?.[1] === i - 1) out.at(-1)[1] = i;
    else out.push([i, i]);
  });
  return out;
}

/** Draws what is no bar: days without data, the days after the window, breaks. */
const marks = {
  id: "marks",
  beforeDatasetsDraw(chart, _, { rows, colours }) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    const step = x.width / Math.max(1, rows.length);
    const left = (i) => x.getPixelForValue(i) - step / 2;
    ctx.save();
    const first = rows.findIndex((r) => r.dataset.state === "provisional");
    if (first > 0) {
      ctx.fillStyle = colours.line;
      ctx.globalAlpha = 0.28;
      ctx.fillRect(left(first), area.top, area.right - left(first), area.height);
      ctx.globalAlpha = 1;
    }
    ctx.font = font(10);
    ctx.fillStyle = colours.muted;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    for (const [from, to] of gaps(rows)) {
      const wide = step * (to - from + 1);
      ctx.strokeStyle = colours.line;
      ctx.setLineDash([2, 3]);
      ctx.strokeRect(left(from) + 1, area.top + 0.5, wide - 2, area.height - 1);
      ctx.setLineDash([]);
      if (wide < 9) continue;
      ctx.save();
      ctx.translate(left(from) + wide / 2, area.top + 30);
      if (wide < 50) ctx.rotate(-Math.PI / 2);
      ctx.fillText(words.noData, 0, 0);
      ctx.restore();
    }
    ctx.restore();
  },
  afterDatasetsDraw(chart, _, { rows, colours }) {
    const { ctx, chartArea: area, scales: { x, y } } = chart;
    const step = x.width / Math.max(1, rows.length);
    ctx.save();
    ctx.strokeStyle = colours.muted;
    ctx.beginPath();
    ctx.moveTo(area.left, Math.round(y.getPixelForValue(0)) + 0.5);
    ctx.lineTo(area.right, Math.round(y.getPixelForValue(0)) + 0.5);
    ctx.stroke();
    ctx.font = font(10);
    ctx.fillStyle = colours.muted;
    ctx.textBaseline = "top";
    const first = rows.findIndex((r) => r.dataset.state === "provisional");
    if (first > 0) {
      const at = x.getPixelForValue(first) - step / 2;
      const room = area.right - at > ctx.measureText(words.provisional).width + 6;
      ctx.textAlign = room ? "left" : "right";
      ctx.fillText(words.provisional, room ? at + 4 : area.right - 2, area.top - headroom(rows) + 1);
    }
    ctx.textAlign = "center";
    rows.forEach((r, i) => {
      if (!r.dataset.part) return;
      const top = Math.min(...chart.data.datasets.map((_, k) => chart.getDatasetMeta(k).data[i]?.y ?? area.bottom), y.getPixelForValue(0));
      ctx.fillText(r.dataset.part, x.getPixelForValue(i), Math.max(area.top - 13, top - 13));
    });
    const several = rows.filter((r) => r.dataset.break).length > 1;
    const labels = []; // neighbouring marks write on lines of their own
    rows.forEach((r, i) => {
      if (!r.dataset.break) return;
      const at = Math.round(x.getPixelForValue(i) - step / 2) + 0.5;
      ctx.setLineDash([3, 3]);
      ctx.strokeStyle = colours.ink;
      ctx.beginPath();
      ctx.moveTo(at, area.top);
      ctx.lineTo(at, area.bottom);
      ctx.stroke();
      ctx.setLineDash([]);
      const text = short(r.dataset.break, several);
      const wide = ctx.measureText(text).width;
      const from = at + 6 + wide < area.right ? at + 3 : Math.max(area.left, at - 7 - wide);
      labels.push({ text, wide, from, top: area.top + 13 * (labels.length % 4) });
    });
    ctx.textAlign = "left";
    for (const { text, wide, from, top } of labels) { // over every line
      ctx.fillStyle = colours.surface;
      ctx.globalAlpha = 0.88;
      ctx.fillRect(from, top - 1, wide + 4, 13);
      ctx.globalAlpha = 1;
      ctx.fillStyle = colours.ink;
      ctx.fillText(text, from + 2, top);
    }
    ctx.restore();
  },
};

/** The room above the bars for words that stand over them: what is provisional, and how many days a bar has. */
const headroom = (rows) => 14 * (rows.some((r) => r.dataset.state === "provisional") + rows.some((r) => r.dataset.part));

/** A mark's words; its dates alone where there is no room (the card's notes have the rest). */
const short = (text, tight) => (tight || phone.matches ? text.split("; ").map((one) => one.split(":")[0]).join(", ") : text);

/** How wide a column of figures is beside the bars. */
const figureWidth = () => (phone.matches ? 50 : 66);

/** The columns whose figures stand beside the bars; a phone has room for two. */
const figured = (columns) => (phone.matches ? columns.filter((c) => c.draw !== "tick") : columns);

/** A figure as it stands beside the bars; "▸" is before a tick that lies beyond the scale. */
function figure(column, i, beyond) {
  const value = column.values[i];
  if (value === null) return "–";
  if (column.draw === "tick") return (beyond ? "▸ " : "") + compact(value);
  if (value === 0) return "0";
  return (value < 0 === down(column) ? "+" : "−") + compact(Math.abs(value));
}

/** Draws the axis, the ticks, and the figures of each row in columns on the right. */
const figures = {
  id: "figures",
  afterDatasetsDraw(chart, _, { columns, colours }) {
    const { ctx, chartArea: area, scales: { x } } = chart;
    ctx.save();
    ctx.font = font(11);
    ctx.textBaseline = "middle";
    ctx.textAlign = "right";
    ctx.fillStyle = colours.muted;
    ctx.fillRect(Math.round(x.getPixelForValue(0)), area.top, 1, area.height);
    const shown = figured(columns);
    const at = (k) => area.right + 4 + figureWidth() * (k + 1);
    shown.forEach((c, k) => ctx.fillText(c.label.split(" ")[0], at(k), area.top - 8));
    chart.data.labels.forEach((_, i) => {
      const { y, height } = chart.getDatasetMeta(0).data[i];
      for (const c of columns.filter((c) => c.draw === "tick")) {
        if (c.values[i] === null || c.values[i] > x.max) continue;
        ctx.fillStyle = colours.ink;
        ctx.fillRect(Math.round(x.getPixelForValue(c.values[i])) - 1, y - height / 2 - 3, 2, height + 6);
      }
      shown.forEach((c, k) => {
        ctx.fillStyle = c.draw === "tick" ? colours.muted : colours.ink;
        ctx.fillText(figure(c, i, c.values[i] > x.max), at(k), y);
      });
    });
    ctx.restore();
  },
};

const font = (size) => `${size}px ${getComputedStyle(document.body).fontFamily}`;

function open(row) {
  const link = row?.cells[0].querySelector("a");
  if (link) location.assign(link.href);
}

function common(rows, colours, axis) {
  return {
    responsive: !printing, maintainAspectRatio: false, animation: still.matches || printing ? false : { duration: 250 },
    devicePixelRatio: printing ? 2 : undefined,
    events: ["mousemove", "mouseout", "click", "touchstart", "touchmove"],
    onClick: (_, hit) => hit.length && open(rows[hit[0].index]),
    onHover: (event, hit) => {
      event.native.target.style.cursor = hit.length && rows[hit[0].index].cells[0].querySelector("a") ? "pointer" : "";
    },
    interaction: { mode: "index", axis, intersect: false },
    plugins: {
      legend: { display: false },
      tooltip: {
        backgroundColor: colours.ink, titleColor: colours.surface, bodyColor: colours.surface, padding: 8, cornerRadius: 6,
        boxWidth: 8, boxHeight: 8, titleFont: { size: 12 }, bodyFont: { size: 12 }, animation: false,
        callbacks: { label: (item) => ` ${item.dataset.label}: ${item.raw === null ? words.noData : full(item.raw)}` },
      },
    },
  };
}

function daysOptions(source, colours, unit) {
  const shares = unit === "percent";
  const options = common(source.rows, colours, "x");
  options.plugins.marks = { rows: source.rows, colours };
  options.layout = { padding: { top: headroom(source.rows) } };
  options.plugins.tooltip.callbacks.title = (items) => source.rows[items[0].dataIndex].cells[0].textContent;
  options.plugins.tooltip.callbacks.label = (item) =>
    ` ${item.dataset.label}: ${item.raw === null ? words.noData : shares ? percent(item.raw) : full(item.raw)}`;
  options.scales = {
    x: { stacked: true, grid: { display: false }, border: { display: false }, ticks: { color: colours.muted, font: { size: 11 }, maxRotation: 0, autoSkipPadding: 14 } },
    y: { stacked: true, beginAtZero: true, grid: { color: colours.grid, drawTicks: false }, border: { display: false }, ticks: { color: colours.muted, font: { size: 11 }, padding: 6, maxTicksLimit: 6, callback: shares ? (n) => `${Math.round(100 * n)}%` : (n) => (Math.abs(n) < 10 && n % 1 ? n.toFixed(1) : tick(n)) } },
  };
  return options;
}

/** The ends of a card's own scale: those of its bars, with a little room. */
function ends({ columns }) {
  const most = (draw) => Math.max(0, ...columns.filter((c) => c.draw === draw).flatMap((c) => c.values));
  return { max: most("bar"), min: -most("bar-down") };
}

function barsOptions(source, colours, { max, min, paired }) {
  const options = common(source.rows, colours, "y");
  options.indexAxis = "y";
  // Both sides of a pair have figures of one width, and below labels: one scale is one length.
  const beside = paired && !phone.matches ? 3 : figured(source.columns).length;
  options.layout = { padding: { top: 16, right: 8 + figureWidth() * beside } };
  options.plugins.figures = { columns: source.columns, colours };
  options.scales = {
    x: { stacked: true, max: max * 1.02 || 1, min: min * 1.02, grid: { color: colours.grid, drawTicks: false }, border: { display: false }, ticks: { color: colours.muted, font: { size: 11 }, maxTicksLimit: 5, callback: tick, includeBounds: false, maxRotation: 0, autoSkipPadding: 8 } },
    y: { stacked: true, afterFit(scale) { scale.width = phone.matches ? 112 : 160; }, grid: { display: false }, border: { display: false }, ticks: { color: colours.ink, font: { size: 12 }, autoSkip: false, crossAlign: "far", callback(i) { return cut(this.ctx, this.getLabelForValue(i)); } } },
  };
  return options;
}

/** A label as far as there is room for it. */
function cut(ctx, text) {
  const room = phone.matches ? 104 : 152;
  ctx.font = font(12);
  let kept = text;
  for (let n = text.length - 1; n > 0 && ctx.measureText(kept).width > room; n--) kept = text.slice(0, n).trimEnd() + "…";
  return kept;
}

function build(card) {
  const table = tableOf(card);
  const canvas = card.querySelector("canvas");
  if (!table || !canvas) return;
  const colours = palette();
  const source = read(table);
  const days = card.dataset.chart === "days";
  const scale = card.dataset.max ? { max: Number(card.dataset.max), min: Number(card.dataset.min), paired: true } : ends(source);
  cards.get(card.id)?.chart.destroy();
  const chart = new window.Chart(canvas, {
    type: "bar",
    data: days ? daysData(source, colours) : barsData(source, colours),
    options: days ? daysOptions(source, colours, card.dataset.unit) : barsOptions(source, colours, scale),
    plugins: [days ? marks : figures],
  });
  cards.set(card.id, { chart, card, ...source });
  plotted[card.id] = {
    get labels() { return [...chart.data.labels]; },
    get keys() { return source.rows.map((r) => r.dataset.key ?? null); },
    get datasets() { return chart.data.datasets.map((d) => ({ series: d.series, label: d.label, data: [...d.data] })); },
    chart,
  };
}

/** Draws every chart of the page, again after the theme or the width changed. */
export function draw() {
  if (!window.Chart) return;
  window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  for (const card of document.querySelectorAll("[data-chart]")) build(card);
}

/** Places the names of the columns in lines of a width. */
function layKey(g, columns, width) {
  const lines = [[]];
  let x = 0;
  for (const column of columns) {
    if (column.draw === "mark-down") continue;
    const wide = 30 + g.measureText(column.label).width;
    if (x > 0 && x + wide > width) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1).push({ column, x });
    x += wide;
  }
  return lines;
}

/** Draws what a column looks like, and its name. */
function drawKey(g, { column, x }, colours, left, y) {
  const at = left + x;
  g.fillStyle = column.draw === "mark" || column.draw === "tick" ? colours.ink : colours[column.colour];
  if (column.draw === "tick") g.fillRect(at + 5, y - 11, 2, 12);
  else if (column.draw === "mark") g.fillRect(at, y - 5, 11, 2);
  else g.fillRect(at, y - 10, 11, 11);
  g.fillStyle = colours.ink;
  g.fillText(column.label, at + 16, y);
}

/** What a picture says of itself: whose figures, of which days, under which filters. */
function provenance(card) {
  const text = (selector, root = document) => root.querySelector(selector)?.textContent.trim();
  const chips = [...document.querySelectorAll(".chip")].map((chip) => chip.textContent.trim().replace(/\s+/g, " "));
  return [text(".top .where"), text(".title .window"), ...chips, text(".key .sum", card)].filter(Boolean).join("  ·  ");
}

/** Draws a card's chart, with what it is of, on a canvas of its own. */
function picture({ chart: { canvas }, card, columns }, ratio) {
  const side = 16;
  const [width, height] = [canvas.width / ratio, canvas.height / ratio];
  const out = document.createElement("canvas");
  const g = out.getContext("2d");
  g.font = font(11);
  const key = layKey(g, columns, width);
  const head = 46 + 18 * key.length;
  out.width = (width + 2 * side) * ratio;
  out.height = (head + height + 12) * ratio;
  g.scale(ratio, ratio);
  const colours = palette();
  g.fillStyle = colours.surface;
  g.fillRect(0, 0, width + 2 * side, head + height + 12);
  g.fillStyle = colours.ink;
  g.font = `600 ${font(14)}`;
  g.fillText(card.querySelector("h2").textContent, side, 20);
  g.font = font(11);
  g.fillStyle = colours.muted;
  g.fillText(provenance(card), side, 37);
  key.forEach((line, i) => line.forEach((item) => drawKey(g, item, colours, side, 56 + 18 * i)));
  g.drawImage(canvas, side, head, width, height);
  return out;
}

/** Saves a card's chart as a picture that can stand alone, on the page's own ground. */
export function save(id) {
  const entry = cards.get(id);
  if (!entry) return;
  const { chart } = entry;
  const sharp = Math.max(2, devicePixelRatio);
  chart.options.devicePixelRatio = sharp;
  chart.options.animation = false;
  chart.resize();
  chart.update("none");
  const link = document.createElement("a");
  link.download = `${id}.png`;
  link.href = picture(entry, sharp).toDataURL("image/png");
  link.click();
  draw();
}

/** A sheet's width in pixels, between its margins and those of a card. */
const sheet = 676;

/** Prints charts as on paper: light, still, and as wide as the sheet. */
function print(on) {
  printing = on;
  document.documentElement.classList.toggle("printing", on);
  draw();
  if (!on) return;
  for (const { chart, card, rows } of cards.values()) {
    chart.resize(sheet, card.dataset.chart === "days" ? 204 : 32 + 24 * rows.length);
    chart.update("none");
  }
}

export function watch() {
  phone.addEventListener("change", draw);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", draw);
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
}
