"use strict";
// The explorer: recorded runs over their problem, step by step. EXPLORER is in explorer-data.js.

{
  // A block, so that no name meets those of the pages' other script.
  const SVG = "http://www.w3.org/2000/svg";
  const DEFAULT = { problem: "square", optimizer: "gd", rate: "0.2", target: "numpy:cpu" };
  const LAST = EXPLORER.steps;
  const PACE = 200; // milliseconds a step while playing
  const REST = 250; // milliseconds of rest before the address is written: browsers limit how often
  const MARGIN = { left: 62, right: 12, top: 8, bottom: 42 };
  const TALLEST = 360;
  const LOW = 200; // pixels of the plot of values
  const MANY = 100; // ratio of values from which their axis is logarithmic
  const FAR = 1e5; // pixels; drawing farther out would overflow in the browser

  const scenes = new Map(EXPLORER.scenes.map((scene) => [scene.id, scene]));
  const known = new Map(EXPLORER.optimizers.map((optimizer) => [optimizer.id, optimizer]));
  const at = (id) => document.getElementById(id);

  let state = {}; // problem, a, b (null: none) and step; a run is {optimizer, rate, target}
  let shown = []; // the runs of the state, with their numbers
  let plan = {}; // where the coordinates of the plot lie on the screen
  let chart = {}; // the same for the plot of values
  let ticking = 0; // the interval that plays, 0 when none does
  let resting = 0;

  // What there is to choose from

  const recorded = (problem, { optimizer, target }) =>
    EXPLORER.runs[`${problem}/${optimizer}/${target}`];

  const targets = (problem, optimizer) =>
    EXPLORER.targets.filter((target) => recorded(problem, { optimizer, target }));

  const optimizers = (problem) => [...known.keys()].filter((id) => targets(problem, id).length);

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

  // What a link of the page's guide explains, while its runs are shown.
  function lesson() {
    const runs = (hash) => hash.split("&step")[0];
    const links = [...document.querySelectorAll(".guide")];
    return links.find(({ hash }) => runs(hash) === runs(address()))?.dataset.why ?? "";
  }

  // Write the address and tell the step, once nothing has moved for a while.
  function rest() {
    if (ticking) return;
    const values = shown.map((run) => `${run.name} ${shortest(run.rows[state.step].value)}`);
    at("live").textContent = `Step ${state.step}: ${values.join("; ")}`;
    try {
      history.replaceState(null, "", address());
    } catch {
      // some browsers forbid it for files; the page works without
    }
  }

  // Numbers

  // A run's rows for steps 0, 1, ...: the point, its value, slope and curvatures, and the
  // stationary point that is near it.
  function decode(problem, run) {
    const path = Math.max(0, rates(problem, run).indexOf(run.rate));
    const { numbers: points, shapes, kinds } = EXPLORER.paths[recorded(problem, run).paths[path]];
    const d = scenes.get(problem).dimension;
    const exact = bytes(points, 4); // float32
    const rough = bytes(shapes, 3); // float32 without the lowest byte
    const rows = Array.from(kinds, (kind, row) => {
      const all = (read) => Array.from({ length: d + 1 }, (_, i) => read(row * (d + 1) + i));
      const numbers = all(exact);
      const [slope, ...curvatures] = all(rough);
      const near = EXPLORER.kinds[kind];
      return { point: numbers.slice(0, d), value: numbers[d], slope, curvatures, near };
    });
    return Array.from({ length: LAST + 1 }, (_, step) => rows[Math.min(step, rows.length - 1)]);
  }

  // What reads the float32 at each place of a text in base64 that has so many bytes of each.
  function bytes(text, size) {
    const found = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const view = new DataView(new ArrayBuffer(4));
    return (place) => {
      for (let i = 0; i < size; i += 1) view.setUint8(4 - size + i, found[place * size + i]);
      return view.getFloat32(0, true);
    };
  }

  // The shortest text that reads back as the same float32.
  function shortest(value) {
    if (Number.isNaN(value)) return "–";
    if (value === 0 || !Number.isFinite(value)) return String(value);
    let digits = 1;
    while (digits < 9 && Math.fround(value.toPrecision(digits)) !== value) digits += 1;
    return written(Number(value.toPrecision(digits)));
  }

  const written = (number) => {
    const usual = Math.abs(number) >= 1e-4 && Math.abs(number) < 1e9;
    return usual || number === 0 ? String(number) : number.toExponential();
  };

  // Four digits of a number.
  const brief = (value) => (Number.isFinite(value) ? written(Number(value.toPrecision(4))) : "–");

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

  // The first step at which what `numbers` takes from two runs differs, and by how much.
  function parting(one, other, numbers) {
    const steps = one.rows.map((row, step) => {
      return { step, by: ulps(numbers(row), numbers(other.rows[step])) };
    });
    return steps.find(({ by }) => by > 0);
  }

  function distance({ point }) {
    const away = (minimiser) => Math.hypot(...minimiser.map((x, i) => x - point[i]));
    return Math.min(...scenes.get(state.problem).minimisers.map(away));
  }

  // Words

  const words = ({ optimizer, rate, target }) => {
    const { title, settings } = known.get(optimizer);
    return [title, rate && `learning rate ${rate}`, settings, target].filter(Boolean).join(", ");
  };

  // A row as it is plotted: its point, over a curve at the height of its value.
  const plotted = ({ point, value }) => (point.length === 1 ? [point[0], value] : point);
  const visible = (row) => inside(plotted(row), plan);

  // The lowest of several minimisers in the plot with its value, if it is alone.
  function lowest({ minimisers, heights, dimension }) {
    const found = minimisers.map((point, i) => ({ point, value: heights[i] }));
    const seen = found.filter(({ point, value }) => {
      return inside(dimension === 2 ? point : [point[0], value], plan);
    });
    const [first, second] = seen.sort((a, b) => a.value - b.value);
    return second && brief(first.value) !== brief(second.value) ? first : null;
  }

  const where = ({ point }) => point.map(shortest).join(", ");

  // How a run stands at a step, in the words of the maps: they judge it by its last point.
  function outcome({ rows, end, settled }, step) {
    const higher = (row) => row.value > rows[0].value;
    if (step >= end) return `diverges: overflowed at step ${end}`;
    if (step >= settled) return higher(rows[LAST]) ? "settles uphill" : "converges";
    const rises = settled === Infinity && (end <= LAST || higher(rows[LAST]));
    return rises && higher(rows[step]) ? "diverges" : "has not converged";
  }

  function standing(run) {
    const row = run.rows[state.step];
    const found = [outcome(run, state.step), row.near && `near ${row.near}`];
    if (state.step < run.end && !visible(row)) found.push("outside the plot");
    return found.filter(Boolean).join(", ");
  }

  // The step from which on the gradient stays small to the end, if there are two such steps.
  function settling(rows, tolerance) {
    const away = rows.map(({ slope }) => !(Math.abs(slope) <= tolerance)).lastIndexOf(true);
    return away + 1 < LAST ? away + 1 : Infinity;
  }

  function describe(scene) {
    const [x, y] = scene.window.map((limits) => limits.join(" to "));
    const over = y ? `Level lines of ${scene.title} over ${x} by ${y}` : `${scene.title} over ${x}`;
    const runs = shown.map((run) => {
      const row = run.rows[state.step];
      const is = state.step < run.end ? `at ${where(row)}, value ${shortest(row.value)}, ` : "";
      return `Run ${run.name} (${run.words}): ${is}${standing(run)}.`;
    });
    return [`${over}, at step ${state.step} of ${LAST}.`, ...runs].join(" ");
  }

  // How many points of a run the plot does not show; none are counted after an overflow.
  function outlying({ name, rows, end }) {
    const points = rows.slice(0, end);
    const away = points.filter((row) => !visible(row)).length;
    return away ? `${away} of the ${points.length} points of ${name} lie outside the plot. ` : "";
  }

  function compare([one, other]) {
    if (!other) return "";
    const points = parting(one, other, ({ point }) => point);
    const values = parting(one, other, ({ value }) => [value]);
    if (!points && !values) return "A and B are identical to the end.";
    const { step, by } = points ?? values;
    // Units in the last place measure rounding, so both must be the same run on two backends.
    const alike = ["optimizer", "rate"].every((what) => state.a[what] === state.b[what]);
    const units = `${by.toLocaleString("en")} unit${by > 1 ? "s" : ""}`;
    const far = alike ? ` by ${units} in the last place` : "";
    const both = "The points of A and B";
    if (by === Infinity) return `At step ${step} only one of A and B goes on.`;
    if (!points) return `${both} are identical to the end; at step ${step} the values part${far}.`;
    if (step === 1) return `${both} part at the first step${far}.`;
    return `${both} are identical up to step ${step - 1} and part at step ${step}${far}.`;
  }

  // The plot

  function draw(parent, tag, attributes, text = "") {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.textContent = text;
    parent.append(node);
    return node;
  }

  // The plotted ranges: the window, widened to hold the runs' points as far as the domain goes.
  function ranges(scene) {
    const within = (point) => scene.domain.every(([a, b], i) => a <= point[i] && point[i] <= b);
    const points = shown.flatMap(({ rows }) => rows.map(({ point }) => point)).filter(within);
    const spans = scene.window.map((limits, i) => roomy([...limits, ...points.map((p) => p[i])]));
    if (scene.dimension === 2) return spans;
    const [[left, right]] = spans;
    const seen = scene.curve.filter(([x]) => left <= x && x <= right);
    return [...spans, roomy(seen.map(([, y]) => y))];
  }

  // The range of some numbers, with room at both ends.
  function roomy(numbers) {
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const room = 0.04 * (high - low || Math.abs(high) || 1);
    return [low - room, high + room];
  }

  // Lay ranges out in an element's width; with `square` a unit is as long in both directions.
  function layout(plot, [[left, right], [bottom, top]], tallest, square = false) {
    const full = Math.max(280, plot.clientWidth);
    const free = full - MARGIN.left - MARGIN.right;
    let across = free / (right - left);
    let up = Math.min(tallest, Math.max(240, free * 0.62)) / (top - bottom);
    if (square) across = up = Math.min(across, tallest / (top - bottom));
    const [width, height] = [across * (right - left), up * (top - bottom)];
    const [x0, y0] = [MARGIN.left + (free - width) / 2, MARGIN.top];
    const near = (value) => Math.min(FAR, Math.max(-FAR, value));
    const to = ([x, y]) => [near(x0 + (x - left) * across), near(y0 + (top - y) * up)];
    const matrix = `matrix(${[across, 0, 0, -up, x0 - left * across, y0 + top * up]})`;
    return { x0, y0, width, height, full, to, matrix, x: [left, right], y: [bottom, top] };
  }

  const holds = ([low, high], value) => low <= value && value <= high;
  const inside = ([x, y], { x: across, y: up }) => holds(across, x) && holds(up, y);

  // Round numbers in a range, about as many as fit at this many pixels each.
  function ticks([low, high], pixels, each) {
    const least = (high - low) / Math.max(2, pixels / each);
    const power = 10 ** Math.floor(Math.log10(least));
    const unit = power * [1, 2, 5, 10].find((many) => many * power >= least);
    const first = Math.ceil(low / unit);
    const count = Math.floor(high / unit) - first + 1;
    return Array.from({ length: count }, (_, i) => Number(((first + i) * unit).toPrecision(9)));
  }

  const plain = (value) => {
    const usual = value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e5);
    return (usual ? String(value) : value.toExponential().replace("+", "")).replaceAll("-", "−");
  };
  const power = (exponent) => {
    if (!Number.isInteger(exponent)) return "";
    return Math.abs(exponent) < 4 ? plain(10 ** exponent) : `1e${plain(exponent)}`;
  };

  function drawAxes(plot, { x, y, x0, y0, width, height, to }, names, label = plain) {
    const [right, bottom] = [x0 + width, y0 + height];
    for (const value of ticks(x, width, 70)) {
      const [place] = to([value, 0]);
      draw(plot, "path", { class: "grid", d: `M${place},${y0}V${bottom}` });
      draw(plot, "text", { x: place, y: bottom + 16, "text-anchor": "middle" }, plain(value));
    }
    for (const value of ticks(y, height, 40)) {
      const [, place] = to([0, value]);
      draw(plot, "path", { class: "grid", d: `M${x0},${place}H${right}` });
      draw(plot, "text", { x: x0 - 6, y: place + 4, "text-anchor": "end" }, label(value));
    }
    draw(plot, "rect", { class: "frame", x: x0, y: y0, width, height });
    const middle = `translate(${x0 - 52} ${y0 + height / 2}) rotate(-90)`;
    draw(plot, "text", { x: x0 + width / 2, y: bottom + 34, "text-anchor": "middle" }, names[0]);
    draw(plot, "text", { transform: middle, "text-anchor": "middle" }, names[1]);
  }

  // An empty plot of the planned size, with a clip path for what lies within its axes.
  function clear(plot, { x0, y0, width, height, full }, view) {
    plot.replaceChildren();
    plot.setAttribute("viewBox", `0 0 ${full} ${height + MARGIN.top + MARGIN.bottom}`);
    const clip = draw(draw(plot, "defs", {}), "clipPath", { id: view });
    draw(clip, "rect", { x: x0, y: y0, width, height });
  }

  const line = (points, { to }) => points.map(to).join("L").replace(/^/, "M");

  // The function itself: a curve, or level lines in the problem's own coordinates.
  function drawFunction(plot, scene) {
    const group = draw(plot, "g", { "clip-path": "url(#view)" });
    if (scene.curve.length) draw(group, "path", { class: "curve", d: line(scene.curve, plan) });
    scene.contours.forEach(({ path }, i) => {
      const strength = 1 - (0.75 * i) / scene.contours.length;
      const look = { class: "level", transform: plan.matrix, "stroke-opacity": strength };
      draw(group, "path", { ...look, d: path });
    });
  }

  // Where a point of the scene is plotted: over a curve, at the height of the curve there.
  function spot(scene, point) {
    if (scene.dimension === 2) return point;
    return [point[0], nearest(scene.curve, point[0])[1]];
  }

  function nearest(curve, x) {
    const off = ([each]) => Math.abs(each - x);
    return curve.reduce((best, next) => (off(next) < off(best) ? next : best));
  }

  function drawCrosses(plot, scene) {
    const cross = (point, d) => {
      const [x, y] = plan.to(point);
      draw(plot, "path", { class: "cross", d, transform: `translate(${x} ${y})` });
    };
    cross(plotted(shown[0].rows[0]), "M-9,0H9M0,-9V9");
    for (const minimiser of scene.minimisers) cross(spot(scene, minimiser), "M-6,-6L6,6M-6,6L6,-6");
    const best = lowest(scene);
    if (!best) return;
    const [cx, cy] = plan.to(spot(scene, best.point));
    draw(plot, "circle", { class: "best", cx, cy, r: 10 });
  }

  // The value against the step: logarithmic where all values are positive and far apart.
  function planValues() {
    const values = shown.flatMap(({ rows, end }) => rows.slice(0, end).map(({ value }) => value));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const scale = low > 0 && high / low > MANY ? Math.log10 : (value) => value;
    const found = layout(at("values"), [roomy([0, LAST]), roomy([low, high].map(scale))], LOW);
    return { ...found, scale };
  }

  // All that does not change with the step.
  function drawGround() {
    const scene = scenes.get(state.problem);
    const [plot, values] = [at("plot"), at("values")];
    const flat = scene.dimension === 1;
    plan = layout(plot, ranges(scene), TALLEST, !flat);
    clear(plot, plan, "view");
    drawAxes(plot, plan, flat ? ["x", "f(x)"] : ["first coordinate", "second coordinate"]);
    drawFunction(plot, scene);
    drawCrosses(plot, scene);
    draw(plot, "g", { id: "runs" });
    chart = planValues();
    clear(values, chart, "chart");
    drawAxes(values, chart, ["step", "f(x)"], chart.scale === Math.log10 ? power : plain);
    draw(values, "g", { id: "lines" });
  }

  function drawMarker(group, name, [x, y], r, kind = "") {
    if (name === "A") return draw(group, "circle", { class: kind, cx: x, cy: y, r });
    return draw(group, "rect", { class: kind, x: x - r, y: y - r, width: 2 * r, height: 2 * r });
  }

  // A path, strong up to the step that is shown, with markers where it is visible.
  function drawPath(group, name, points, onto, view) {
    const clip = { "clip-path": `url(#${view})` };
    const done = points.slice(0, state.step + 1);
    draw(group, "path", { class: "all", d: line(points, onto), ...clip });
    draw(group, "path", { d: line(done, onto), ...clip });
    const size = name === "A" ? 3 : 4.5; // so that a square shows around a dot
    for (const point of done.slice(0, state.step)) {
      if (inside(point, onto)) drawMarker(group, name, onto.to(point), size);
    }
    const now = done[state.step];
    if (!now || !inside(now, onto)) return;
    drawMarker(group, name, onto.to(now), 2 * size);
    drawMarker(group, name, onto.to(now), 2 * size + 4, "ring");
  }

  function drawRun(run) {
    const rows = run.rows.slice(0, run.end);
    const group = (id) => draw(at(id), "g", { class: run.name.toLowerCase() });
    drawPath(group("runs"), run.name, rows.map(plotted), plan, "view");
    const values = rows.map(({ value }, step) => [step, chart.scale(value)]);
    drawPath(group("lines"), run.name, values, chart, "chart");
  }

  // The page

  function tabulate() {
    const labels = [...at("readout").tHead.rows[0].cells].slice(1);
    const rows = shown.map((run) => {
      const row = run.rows[state.step];
      const numbers = [where(row), shortest(row.value), brief(row.slope)];
      const bends = [...new Set(row.curvatures.map(brief))].join(" to ");
      const cells = [...numbers, bends, brief(distance(row)), standing(run)];
      const tr = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = run.name;
      tr.append(head);
      cells.forEach((text, i) => {
        const cell = tr.insertCell();
        cell.textContent = text;
        cell.dataset.label = labels[i].firstChild.textContent;
      });
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
    at("lines").replaceChildren();
    shown.forEach(drawRun);
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
    const named = optimizers(state.problem).map((id) => [id, known.get(id).title]);
    const offered = {
      optimizer: [...none, ...named],
      rate: run ? rates(state.problem, run).map((rate) => [rate, brief(Number(rate))]) : [],
      target: run ? targets(state.problem, run.optimizer).map((target) => [target, target]) : [],
    };
    for (const [what, options] of Object.entries(offered)) {
      fill(`${name}-${what}`, options, run?.[what] ?? "");
    }
  }

  function prepare(name, run) {
    const { problem } = state;
    const rows = decode(problem, run);
    const end = rows.findIndex(({ point, value }) => ![...point, value].every(Number.isFinite));
    const settled = settling(rows, scenes.get(problem).tolerance);
    const { others } = known.get(run.optimizer);
    return { name, rows, settled, end: end < 0 ? Infinity : end, words: words(run), others };
  }

  // What an address asks for and is not recorded.
  function missing(wanted) {
    const found = wanted.problem && wanted.problem !== state.problem ? [wanted.problem] : [];
    for (const name of ["a", "b"]) {
      const [asked, run] = [wanted[name], state[name] ?? {}];
      if (!asked.optimizer) continue;
      const other = run.optimizer !== asked.optimizer;
      const rate = run.rate && asked.rate !== "NaN" && asked.rate !== run.rate;
      const lost = [
        other && asked.optimizer,
        !other && rate && `learning rate ${asked.rate}`,
        !other && asked.target && asked.target !== run.target && asked.target,
      ].filter(Boolean);
      if (lost.length) found.push(`${lost.join(", ")} of run ${name.toUpperCase()}`);
    }
    return found;
  }

  // Show the state that an address asks for, or say what of it is not recorded.
  function follow(hash) {
    const wanted = parse(hash);
    choose(wanted);
    const lost = missing(wanted).join("; ");
    at("missing").textContent = lost && `Not recorded, and so not shown: ${lost}.`;
  }

  // Show the state nearest to the wanted one.
  function choose(wanted) {
    state = settle(wanted);
    at("missing").textContent = "";
    const scene = scenes.get(state.problem);
    shown = [prepare("A", state.a), ...(state.b ? [prepare("B", state.b)] : [])];
    fill("problem", EXPLORER.scenes.map(({ id, title }) => [id, title]), state.problem);
    fillRun("a", state.a, []);
    fillRun("b", state.b, [["", "none"]]);
    at("formula").textContent = [scene.formula, scene.parameters].filter(Boolean).join(", with ");
    at("lesson").textContent = lesson();
    at("slope").textContent = scene.dimension === 1 ? "f′(x)" : "norm of the gradient";
    at("curvature").textContent = scene.dimension === 1 ? "f″(x)" : "smallest to largest";
    at("key-a").textContent = `A: ${shown[0].words}`;
    at("key-b").textContent = `B: ${shown[1]?.words}`;
    at("item-b").hidden = !state.b;
    at("item-minimiser").hidden = !scene.minimisers.length;
    at("item-level").hidden = !scene.contours.length;
    at("csv").textContent = state.b ? "These runs as CSV" : "This run as CSV";
    drawGround();
    const places = scene.minimisers.map((point) => ` (${point.map(brief).join(", ")})`);
    at("minimisers").textContent = places.join("");
    const best = lowest(scene);
    at("item-lowest").hidden = !best;
    const place = best?.point.map(brief).join(", ");
    at("lowest").textContent = best && `${place}, where f(x) = ${brief(best.value)}`;
    const others = shown.map((run) => `${run.name}: ${run.others || "none"}.`);
    at("others").textContent = others.join(" ");
    at("probe").textContent = "";
    at("difference").textContent = shown.map(outlying).join("") + compare(shown);
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

  // Value and slope of a curve below the pointer.
  function probe({ clientX }) {
    const { curve } = scenes.get(state.problem);
    const [left, right] = plan.x;
    const across = clientX - at("plot").getBoundingClientRect().left - plan.x0;
    const x = left + (across / plan.width) * (right - left);
    if (!curve.length || !holds(plan.x, x)) return;
    const [there, value, slope] = nearest(curve, x);
    at("probe").textContent = `At x = ${there}: f(x) = ${value}, slope ${slope}.`;
  }

  function download() {
    const axes = scenes.get(state.problem).start.map((_, i) => `x${i + 1}`);
    const head = ["run", "optimizer", "learning_rate", "target", "step", ...axes, "value"];
    const lines = shown.flatMap(({ name, rows }) => {
      const { optimizer, rate, target } = state[name.toLowerCase()];
      const finite = rows.filter(({ point: [x] }) => !Number.isNaN(x));
      return finite.map(({ point, value }, step) => {
        return [name, optimizer, rate, target, step, ...[...point, value].map(shortest)];
      });
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
    follow(location.hash);
    at("choices").onchange = () => choose(chosen());
    at("choices").onsubmit = (event) => event.preventDefault();
    at("step").oninput = () => move(Number(at("step").value));
    at("previous").onclick = () => move(state.step - 1);
    at("next").onclick = () => move(state.step + 1);
    at("play").onclick = () => play(!ticking);
    at("csv").onclick = download;
    at("plot").onpointermove = probe;
    document.addEventListener("keydown", press);
    addEventListener("hashchange", () => {
      if (!location.hash.includes("=")) return; // a jump within the page
      if (ticking) play(false);
      follow(location.hash);
    });
    new ResizeObserver(() => {
      if (at("plot").clientWidth === plan.full) return;
      drawGround();
      go(state.step);
    }).observe(at("plot"));
  }

  start();
}
