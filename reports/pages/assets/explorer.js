"use strict";
// The explorer: recorded runs over their problem, step by step. EXPLORER is in explorer-data.js.

{
  // A block, so that no name meets those of the pages' other script.
  const SVG = "http://www.w3.org/2000/svg";
  const DEFAULT = { problem: "square", optimizer: "gd", rate: "0.2", target: "numpy:cpu" };
  const LAST = EXPLORER.steps;
  const PACE = 200; // milliseconds a step while playing
  const REST = 250; // milliseconds of rest before the address is written: browsers limit how often
  const MARGIN = { left: 52, right: 12, top: 8, bottom: 42 };
  const TALLEST = 460;
  const FAR = 1e5; // pixels; drawing farther out would overflow in the browser

  const scenes = new Map(EXPLORER.scenes.map((scene) => [scene.id, scene]));
  const titles = new Map(EXPLORER.optimizers.map(({ id, title }) => [id, title]));
  const at = (id) => document.getElementById(id);

  let state = {}; // problem, a, b (null: none) and step; a run is {optimizer, rate, target}
  let shown = []; // the runs of the state, with their numbers
  let plan = {}; // where the plot's coordinates lie on the screen
  let ticking = 0; // the interval that plays, 0 when none does
  let resting = 0;

  // What there is to choose from

  const recorded = (problem, { optimizer, target }) =>
    EXPLORER.runs[`${problem}/${optimizer}/${target}`];

  const targets = (problem, optimizer) =>
    EXPLORER.targets.filter((target) => recorded(problem, { optimizer, target }));

  const optimizers = (problem) => [...titles.keys()].filter((id) => targets(problem, id).length);

  const rates = (problem, run) => recorded(problem, run).rates.map(String);

  // The first wish that is offered, or else the first offer.
  const pick = (offered, ...wishes) => wishes.find((wish) => offered.includes(wish)) ?? offered[0];

  function settleRun(problem, wanted, other) {
    const optimizer = pick(optimizers(problem), wanted.optimizer, DEFAULT.optimizer);
    const offered = targets(problem, optimizer);
    const target = pick(offered, wanted.target, other.target, DEFAULT.target);
    const rate = pick(rates(problem, { optimizer, target }), wanted.rate, other.rate, DEFAULT.rate);
    return { optimizer, rate: rate ?? "", target };
  }

  // The nearest state that exists; a second run without an optimizer of the problem is none.
  function settle(wanted) {
    const problem = pick([...scenes.keys()], wanted.problem, DEFAULT.problem);
    const a = settleRun(problem, wanted.a, {});
    const second = optimizers(problem).includes(wanted.b.optimizer);
    const b = second ? settleRun(problem, wanted.b, a) : null;
    return { problem, a, b, step: clamp(wanted.step) };
  }

  const clamp = (step) => Math.min(LAST, Math.max(0, Math.round(step) || 0));

  // The address

  function parse(hash) {
    const found = new URLSearchParams(hash.slice(1));
    const run = (name) => {
      const [optimizer, rate, target] = (found.get(name) ?? "").split(",");
      return { optimizer, rate: String(Number(rate)), target };
    };
    const step = Number(found.get("step"));
    return { problem: found.get("problem"), a: run("a"), b: run("b"), step };
  }

  function address() {
    const run = ({ optimizer, rate, target }) => [optimizer, rate, target].join(",");
    const parts = [`problem=${state.problem}`, `a=${run(state.a)}`];
    if (state.b) parts.push(`b=${run(state.b)}`);
    return `#${parts.join("&")}&step=${state.step}`;
  }

  // Write the address and tell the step, once nothing has moved for a while.
  function rest() {
    if (ticking) return;
    const values = shown.map((run) => `${run.name} ${shortest(run.rows[state.step].at(-1))}`);
    at("live").textContent = `Step ${state.step}: ${values.join("; ")}`;
    try {
      history.replaceState(null, "", address());
    } catch {
      // some browsers forbid it for files; the page works without
    }
  }

  // Numbers

  // A run's rows for steps 0, 1, ...: the coordinates, then the function's value.
  function decode(problem, run) {
    const bytes = Uint8Array.from(atob(recorded(problem, run).points), (c) => c.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    const width = scenes.get(problem).dimension + 1;
    const first = Math.max(0, rates(problem, run).indexOf(run.rate)) * (LAST + 1);
    const number = (row, column) => view.getFloat32(4 * ((first + row) * width + column), true);
    return Array.from({ length: LAST + 1 }, (_, row) =>
      Array.from({ length: width }, (_, column) => number(row, column)),
    );
  }

  // The shortest text that reads back as the same float32.
  function shortest(value) {
    if (Number.isNaN(value)) return "–";
    if (value === 0 || !Number.isFinite(value)) return String(value);
    let digits = 1;
    while (digits < 9 && Math.fround(value.toPrecision(digits)) !== value) digits += 1;
    const number = Number(value.toPrecision(digits));
    const plain = Math.abs(number) >= 1e-4 && Math.abs(number) < 1e9;
    return plain ? String(number) : number.toExponential();
  }

  // A float32's place in the order of all float32s; both zeros have the same.
  function place(value) {
    const bits = new Int32Array(Float32Array.of(value).buffer)[0];
    return bits < 0 ? -(2 ** 31) - bits : bits;
  }

  // The largest distance of two rows' numbers in units in the last place.
  function ulps(left, right) {
    const each = left.map((value, i) => {
      const lost = Number.isNaN(value) + Number.isNaN(right[i]);
      return lost ? (lost === 2 ? 0 : Infinity) : Math.abs(place(value) - place(right[i]));
    });
    return Math.max(...each);
  }

  // The first step at which two runs' columns differ, and by how much; undefined if none.
  function parting(one, other, ...columns) {
    const steps = one.rows.map((row, step) => {
      return { step, by: ulps(row.slice(...columns), other.rows[step].slice(...columns)) };
    });
    return steps.find(({ by }) => by > 0);
  }

  function distance(row) {
    const away = (minimiser) => Math.hypot(...minimiser.map((x, i) => x - row[i]));
    return Math.min(...scenes.get(state.problem).minimisers.map(away));
  }

  // Words

  const words = ({ optimizer, rate, target }) =>
    [titles.get(optimizer), rate && `learning rate ${rate}`, target].filter(Boolean).join(", ");

  const where = (row) => row.slice(0, -1).map(shortest).join(", ");

  function standing(run) {
    if (state.step >= run.end) return `diverged at step ${run.end}`;
    return inside(run.rows[state.step]) ? "in view" : "left the view";
  }

  function describe(scene) {
    const [x, y] = scene.window.map((limits) => limits.join(" to "));
    const over = y ? `Level lines of ${scene.title} over ${x} by ${y}` : `${scene.title} over ${x}`;
    const runs = shown.map((run) => {
      const row = run.rows[state.step];
      const is = Number.isNaN(row[0]) ? "" : `at ${where(row)}, value ${shortest(row.at(-1))}, `;
      return `Run ${run.name} (${run.words}): ${is}${standing(run)}.`;
    });
    return [`${over}, at step ${state.step} of ${LAST}.`, ...runs].join(" ");
  }

  // Units in the last place say nothing of runs that are meant to differ.
  function apart(one, other) {
    const [a, b] = [one, other].map(({ rows }) => rows[state.step].slice(0, -1));
    const far = Math.hypot(...a.map((x, i) => x - b[i]));
    if (Number.isNaN(far)) return `At step ${state.step} one of them has overflowed.`;
    return `At step ${state.step} the points of A and B are ${far.toPrecision(3)} apart.`;
  }

  function compare([one, other]) {
    if (!other) return "";
    const { a, b } = state;
    if (a.optimizer !== b.optimizer || a.rate !== b.rate) return apart(one, other);
    const points = parting(one, other, 0, -1);
    const values = parting(one, other, -1);
    if (!points && !values) return "A and B are identical to the end.";
    const { step, by } = points ?? values;
    const far = `by ${by.toLocaleString("en")} unit${by > 1 ? "s" : ""} in the last place`;
    const shared = points ? `up to step ${step - 1}` : "to the end";
    const until = `The points of A and B are identical ${shared}`;
    if (by === Infinity) return `${until}; at step ${step} one of them has overflowed.`;
    return `${until}; at step ${step} ${points ? "they" : "the values"} part ${far}.`;
  }

  // The plot

  function draw(parent, tag, attributes, text = "") {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.textContent = text;
    parent.append(node);
    return node;
  }

  // The plotted ranges: the scene's window (or the curve's), widened to hold the start.
  function ranges(scene) {
    const heights = scene.curve.map(([, y]) => y);
    const flat = scene.dimension === 1;
    const spans = flat
      ? [scene.window[0], [Math.min(...heights), Math.max(...heights)]]
      : scene.window;
    return spans.map(([low, high], i) => {
      const room = (high - low) * 0.04;
      const start = shown[0].rows[0][i];
      const edge = flat ? room : 0;
      return [Math.min(low - edge, start - room), Math.max(high + edge, start + room)];
    });
  }

  // Lay the ranges out for the element's width; a plane keeps its angles.
  function layout(scene) {
    const [[left, right], [bottom, top]] = ranges(scene);
    const full = Math.max(280, at("plot").clientWidth);
    const free = full - MARGIN.left - MARGIN.right;
    let across = free / (right - left);
    let up = Math.min(TALLEST, Math.max(240, free * 0.62)) / (top - bottom);
    if (scene.dimension === 2) across = up = Math.min(across, TALLEST / (top - bottom));
    const [width, height] = [across * (right - left), up * (top - bottom)];
    const [x0, y0] = [MARGIN.left + (free - width) / 2, MARGIN.top];
    const near = (value) => Math.min(FAR, Math.max(-FAR, value));
    const to = ([x, y]) => [near(x0 + (x - left) * across), near(y0 + (top - y) * up)];
    const matrix = `matrix(${[across, 0, 0, -up, x0 - left * across, y0 + top * up]})`;
    return { x0, y0, width, height, full, to, matrix, x: [left, right], y: [bottom, top] };
  }

  const inside = ([x, y]) => plan.x[0] <= x && x <= plan.x[1] && plan.y[0] <= y && y <= plan.y[1];

  // Round numbers in a range, about as many as fit at this many pixels each.
  function ticks([low, high], pixels, each) {
    const least = (high - low) / Math.max(2, pixels / each);
    const power = 10 ** Math.floor(Math.log10(least));
    const unit = power * [1, 2, 5, 10].find((many) => many * power >= least);
    const first = Math.ceil(low / unit);
    const count = Math.floor(high / unit) - first + 1;
    return Array.from({ length: count }, (_, i) => Number(((first + i) * unit).toPrecision(9)));
  }

  function drawAxes(plot, names) {
    const { x0, y0, width, height } = plan;
    const [right, bottom] = [x0 + width, y0 + height];
    const label = (value) => String(value).replace("-", "−");
    for (const value of ticks(plan.x, width, 70)) {
      const [x] = plan.to([value, 0]);
      draw(plot, "path", { class: "grid", d: `M${x},${y0}V${bottom}` });
      draw(plot, "text", { x, y: bottom + 16, "text-anchor": "middle" }, label(value));
    }
    for (const value of ticks(plan.y, height, 50)) {
      const [, y] = plan.to([0, value]);
      draw(plot, "path", { class: "grid", d: `M${x0},${y}H${right}` });
      draw(plot, "text", { x: x0 - 6, y: y + 4, "text-anchor": "end" }, label(value));
    }
    draw(plot, "rect", { class: "frame", x: x0, y: y0, width, height });
    const middle = `translate(${x0 - 42} ${y0 + height / 2}) rotate(-90)`;
    draw(plot, "text", { x: x0 + width / 2, y: bottom + 34, "text-anchor": "middle" }, names[0]);
    draw(plot, "text", { transform: middle, "text-anchor": "middle" }, names[1]);
  }

  const line = (points) => points.map((point) => plan.to(point)).join("L").replace(/^/, "M");

  // The function itself: a curve, or level lines in the problem's own coordinates.
  function drawFunction(plot, scene) {
    const group = draw(plot, "g", { "clip-path": "url(#view)" });
    if (scene.curve.length) draw(group, "path", { class: "curve", d: line(scene.curve) });
    scene.contours.forEach(({ path }, i) => {
      const strength = 1 - (0.75 * i) / scene.contours.length;
      const look = { class: "level", transform: plan.matrix, "stroke-opacity": strength };
      draw(group, "path", { ...look, d: path });
    });
  }

  // Where a point of the scene is plotted: over a curve, at the height of the curve there.
  function spot(scene, point) {
    if (scene.dimension === 2) return point;
    const off = ([x]) => Math.abs(x - point[0]);
    const [, y] = scene.curve.reduce((best, next) => (off(next) < off(best) ? next : best));
    return [point[0], y];
  }

  function drawCrosses(plot, scene) {
    const cross = (point, d) => {
      const [x, y] = plan.to(point);
      draw(plot, "path", { class: "cross", d, transform: `translate(${x} ${y})` });
    };
    cross(shown[0].rows[0], "M-9,0H9M0,-9V9");
    for (const minimiser of scene.minimisers) cross(spot(scene, minimiser), "M-6,-6L6,6M-6,6L6,-6");
  }

  // All that does not change with the step.
  function drawGround() {
    const scene = scenes.get(state.problem);
    const plot = at("plot");
    plan = layout(scene);
    const { x0, y0, width, height, full } = plan;
    const tall = height + MARGIN.top + MARGIN.bottom;
    plot.replaceChildren();
    plot.setAttribute("viewBox", `0 0 ${full} ${tall}`);
    const clip = draw(draw(plot, "defs", {}), "clipPath", { id: "view" });
    draw(clip, "rect", { x: x0, y: y0, width, height });
    const flat = scene.dimension === 1;
    drawAxes(plot, flat ? ["x", "f(x)"] : ["first coordinate", "second coordinate"]);
    drawFunction(plot, scene);
    drawCrosses(plot, scene);
    draw(plot, "g", { id: "runs" });
  }

  function drawMarker(group, name, [x, y], r, kind = "") {
    if (name === "A") return draw(group, "circle", { class: kind, cx: x, cy: y, r });
    return draw(group, "rect", { class: kind, x: x - r, y: y - r, width: 2 * r, height: 2 * r });
  }

  function drawRun(group, run) {
    const finite = run.rows.filter(([x, y]) => !Number.isNaN(x + y));
    const done = finite.slice(0, state.step + 1);
    draw(group, "path", { class: "all", d: line(finite), "clip-path": "url(#view)" });
    draw(group, "path", { d: line(done), "clip-path": "url(#view)" });
    const size = run.name === "A" ? 3 : 4.5; // so that a square shows around a dot
    const now = run.rows[state.step];
    const past = done.filter((row) => inside(row) && row !== now);
    for (const row of past) drawMarker(group, run.name, plan.to(row), size);
    if (!inside(now)) return;
    drawMarker(group, run.name, plan.to(now), 2 * size);
    drawMarker(group, run.name, plan.to(now), 2 * size + 4, "ring");
  }

  // The page

  function tabulate() {
    const rows = shown.map((run) => {
      const row = run.rows[state.step];
      const far = distance(row);
      const near = Number.isFinite(far) ? String(Number(far.toPrecision(4))) : "–";
      const cells = [where(row), shortest(row.at(-1)), near, standing(run)];
      const tr = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = run.name;
      tr.append(head);
      for (const text of cells) tr.insertCell().textContent = text;
      return tr;
    });
    at("readout").tBodies[0].replaceChildren(...rows);
  }

  // Show a step of the chosen runs.
  function go(step) {
    state.step = clamp(step);
    at("step").value = state.step;
    at("count").textContent = `${state.step} of ${LAST}`;
    at("runs").replaceChildren();
    for (const run of shown) {
      drawRun(draw(at("runs"), "g", { class: run.name.toLowerCase() }), run);
    }
    at("plot").setAttribute("aria-label", describe(scenes.get(state.problem)));
    tabulate();
    clearTimeout(resting);
    resting = setTimeout(rest, REST);
  }

  // Offer options, pairs of value and text; with none there is nothing to choose.
  function fill(id, options, chosen) {
    const select = at(id);
    const offered = options.length ? options : [["", "–"]];
    const has = [...select.options].map(({ value }) => value);
    const same = has.length === offered.length && offered.every(([value], i) => value === has[i]);
    if (!same) select.replaceChildren(...offered.map(([value, text]) => new Option(text, value)));
    select.value = chosen;
    select.disabled = !options.length;
  }

  function fillRun(name, run, none) {
    const named = optimizers(state.problem).map((id) => [id, titles.get(id)]);
    const offered = {
      optimizer: [...none, ...named],
      rate: run ? rates(state.problem, run).map((rate) => [rate, rate]) : [],
      target: run ? targets(state.problem, run.optimizer).map((target) => [target, target]) : [],
    };
    for (const [what, options] of Object.entries(offered)) {
      fill(`${name}-${what}`, options, run?.[what] ?? "");
    }
  }

  function prepare(name, run) {
    const rows = decode(state.problem, run);
    const end = rows.findIndex((row) => !row.every(Number.isFinite));
    return { name, rows, end: end < 0 ? Infinity : end, words: words(run) };
  }

  // Show the state nearest to the wanted one.
  function choose(wanted) {
    state = settle(wanted);
    const scene = scenes.get(state.problem);
    shown = [prepare("A", state.a), ...(state.b ? [prepare("B", state.b)] : [])];
    fill("problem", EXPLORER.scenes.map(({ id, title }) => [id, title]), state.problem);
    fillRun("a", state.a, []);
    fillRun("b", state.b, [["", "none"]]);
    at("formula").textContent = scene.formula === scene.title ? "" : scene.formula;
    at("key-a").textContent = `A: ${shown[0].words}`;
    at("key-b").textContent = `B: ${shown[1]?.words}`;
    at("item-b").hidden = !state.b;
    at("item-minimiser").hidden = !scene.minimisers.length;
    at("item-level").hidden = !scene.contours.length;
    at("csv").textContent = state.b ? "These runs as CSV" : "This run as CSV";
    at("difference").textContent = compare(shown);
    drawGround();
    go(state.step);
  }

  function chosen() {
    const run = (name) => ({
      optimizer: at(`${name}-optimizer`).value,
      rate: at(`${name}-rate`).value,
      target: at(`${name}-target`).value,
    });
    return { problem: at("problem").value, a: run("a"), b: run("b"), step: state.step };
  }

  function play(on) {
    clearInterval(ticking);
    const tick = () => (state.step < LAST ? go(state.step + 1) : play(false));
    ticking = on ? setInterval(tick, PACE) : 0;
    at("play").textContent = on ? "Pause" : "Play";
    go(on && state.step === LAST ? 0 : state.step);
  }

  // Step by hand, which ends the playing.
  function move(step) {
    if (ticking) play(false);
    go(step);
  }

  function press(event) {
    const { step } = state;
    const to = { ArrowLeft: step - 1, ArrowRight: step + 1, Home: 0, End: LAST }[event.key];
    const modified = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    const field = event.target.closest("select, input, textarea");
    const scroll = event.target.closest(".readout"); // its own keys, if there is anything to scroll
    if (to === undefined || modified || field || scroll?.scrollWidth > scroll?.clientWidth) return;
    event.preventDefault();
    move(to);
  }

  function download() {
    const axes = scenes.get(state.problem).start.map((_, i) => `x${i + 1}`);
    const head = ["run", "optimizer", "learning_rate", "target", "step", ...axes, "value"];
    const lines = shown.flatMap(({ name, rows }) => {
      const { optimizer, rate, target } = state[name.toLowerCase()];
      const finite = rows.filter(([x]) => !Number.isNaN(x));
      return finite.map((row, step) => [name, optimizer, rate, target, step, ...row.map(shortest)]);
    });
    const blob = new Blob([[head, ...lines].join("\n"), "\n"], { type: "text/csv" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${state.problem}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function start() {
    at("explorer").hidden = false;
    at("step").max = LAST;
    choose(parse(location.hash));
    at("choices").onchange = () => choose(chosen());
    at("choices").onsubmit = (event) => event.preventDefault();
    at("step").oninput = () => move(Number(at("step").value));
    at("previous").onclick = () => move(state.step - 1);
    at("next").onclick = () => move(state.step + 1);
    at("play").onclick = () => play(!ticking);
    at("csv").onclick = download;
    document.addEventListener("keydown", press);
    addEventListener("hashchange", () => {
      if (!location.hash.includes("=")) return; // a jump within the page
      if (ticking) play(false);
      choose(parse(location.hash));
    });
    new ResizeObserver(() => {
      if (at("plot").clientWidth === plan.full) return;
      drawGround();
      go(state.step);
    }).observe(at("plot"));
  }

  start();
}
