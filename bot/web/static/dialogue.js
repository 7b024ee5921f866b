// The page “Dialogue”: searching the list, moving about in the graph, saving, and work that takes a while.

const texts = JSON.parse(document.getElementById("texts").textContent);
const script = document.querySelector(".script");

const say = (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

function element(name, content = "", className = "") {
  const made = document.createElement(name);
  made.textContent = content;
  made.className = className;
  return made;
}

// ── The list ────────────────────────────────────────────────────────────────

const search = document.getElementById("search");
const none = document.querySelector(".none");

// As people type it: without marks, so that “mat khau” finds “mật khẩu”.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ/g, "d");

function filter() {
  const words = plain(search.value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of document.querySelectorAll("#found li")) {
    const found = plain(item.dataset.found);
    item.hidden = !words.every((word) => found.includes(word));
    shown += !item.hidden;
  }
  none.textContent = shown ? "" : say("none");
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [search, ...document.querySelectorAll("#found li:not([hidden]) a")];
  const here = stops.indexOf(document.activeElement);
  if (here >= 0 && stops[here + step]) {
    event.preventDefault();
    stops[here + step].focus();
  }
}

// ── The graph ───────────────────────────────────────────────────────────────

let zoom = Number(sessionStorage.getItem("zoom")) || 0.75;

function showGraph() {
  const frame = document.querySelector(".picture");
  const drawing = frame?.querySelector("svg");
  if (!drawing) return;
  resize(drawing);
  const heres = [...drawing.querySelectorAll("a")].filter((a) => address(a) === frame.dataset.here);
  for (const here of heres) here.classList.add("here");
  for (const link of drawing.querySelectorAll("a")) if (address(link)) link.setAttribute("tabindex", "-1"); // the list has them
  middle(frame, heres[0] ?? drawing.querySelector(".node"));
}

function resize(drawing) {
  const { width, height } = drawing.viewBox.baseVal;
  drawing.setAttribute("width", width * zoom);
  drawing.setAttribute("height", height * zoom);
}

const address = (link) => link.getAttributeNS("http://www.w3.org/1999/xlink", "href");

function middle(frame, node) {
  const [outer, inner] = [frame.getBoundingClientRect(), node.getBoundingClientRect()];
  frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  frame.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
}

function changeZoom(how) {
  const frame = document.querySelector(".picture");
  const drawing = frame.querySelector("svg");
  const before = zoom;
  const [x, y] = [frame.scrollLeft + frame.clientWidth / 2, frame.scrollTop + frame.clientHeight / 2];
  const wanted = { in: before * 1.25, out: before / 1.25, full: 1, fit: frame.clientWidth / drawing.viewBox.baseVal.width }[how];
  zoom = Math.min(3, Math.max(0.15, wanted));
  sessionStorage.setItem("zoom", zoom);
  resize(drawing);
  frame.scrollLeft = (x * zoom) / before - frame.clientWidth / 2;
  frame.scrollTop = (y * zoom) / before - frame.clientHeight / 2;
}

// ── What is being edited ────────────────────────────────────────────────────

const field = (form) => form.querySelector("textarea");
const isChanged = (form) => field(form).value !== field(form).defaultValue;

function showChange(form) {
  const changed = isChanged(form);
  form.classList.toggle("changed", changed);
  for (const button of form.querySelectorAll("[type=submit], [type=reset]")) button.hidden = !changed;
}

async function save(form) {
  const { file, digest, response, intent, variation, block } = form.dataset;
  const written = field(form).value;
  const edit = response
    ? { response, variation: Number(variation), text: written }
    : { intent, block: Number(block), examples: written.split("\n") };
  const done = await work("save", form, { file, digest, ...edit });
  if (done.refused || done.error) return tell(form, done);
  field(form).defaultValue = written;
  showChange(form);
  for (const other of document.querySelectorAll(`form[data-file="${CSS.escape(file)}"]`)) other.dataset.digest = done.digest;
  await refresh();
  tell(form, done);
}

async function hear(button) {
  const form = button.form;
  button.disabled = true;
  try {
    const answer = await post("hear", { text: field(form).value });
    if (answer.ok) await play(URL.createObjectURL(await answer.blob()));
    else tell(form, await answer.json());
  } catch {
    tell(form, { error: say("lost") });
  }
  button.disabled = false;
}

let playing = null;

async function play(address) {
  playing?.pause();
  playing = new Audio(address);
  await playing.play();
}

// ── Work that takes a while ─────────────────────────────────────────────────

const post = (path, body = {}) => fetch(`/dialogue/${path}`, { method: "POST", body: JSON.stringify(body) });

// Begins it, and gives what came of it; `place` shows how it goes on.
async function work(kind, place, body) {
  try {
    const begun = await post(kind, body);
    return begun.ok ? await watch(kind, place) : await begun.json();
  } catch {
    return { error: say("lost") };
  }
}

function watch(kind, place) {
  const buttons = () => document.querySelectorAll("[data-job], .edit [type=submit]");
  const started = Date.now();
  const [line, clock, bar] = [element("p"), element("span", "", "soft"), document.createElement("progress")];
  const step = element("span", kind ? say(kind) : "");
  clock.setAttribute("aria-hidden", "true"); // a screen reader would count along
  line.append(step, " ", clock);
  const tick = () => (clock.textContent = say("seconds", { n: Math.round((Date.now() - started) / 1000) }));
  const ticking = setInterval(tick, 1000);
  const answer = place.querySelector(".answer");
  answer.replaceChildren(line, bar);
  answer.hidden = false;
  answer.scrollIntoView({ block: "nearest" });
  for (const button of buttons()) button.disabled = true;
  return new Promise((resolve) => {
    const events = new EventSource("/dialogue/progress");
    const end = (result) => {
      events.close();
      clearInterval(ticking);
      answer.hidden = true;
      for (const button of buttons()) button.disabled = false;
      resolve(result);
    };
    events.addEventListener("step", (event) => {
      step.textContent = JSON.parse(event.data).step;
    });
    events.addEventListener("done", (event) => end(JSON.parse(event.data)));
    events.onerror = () => events.readyState === EventSource.CLOSED && end({ error: say("lost") });
  });
}

async function job(kind, place) {
  const done = await work(kind, place);
  await refresh();
  tell(place, done);
}

// What the server says has changed is shown; what is being edited stays.
async function refresh() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${old.dataset.live}"]`);
    if (!now) continue;
    const [left, top] = [old.scrollLeft, old.scrollTop];
    if (old.dataset.live === "list") old.querySelector("#found").replaceWith(now.querySelector("#found"));
    else old.replaceChildren(...now.childNodes);
    if (old.dataset.live === "picture") showGraph();
    [old.scrollLeft, old.scrollTop] = [left, top];
  }
  filter();
}

// ── What came of it ─────────────────────────────────────────────────────────

function tell(place, done) {
  const findings = done.refused ?? done.findings ?? [];
  const errors = findings.filter((each) => each.severity === "error").length;
  const bad = done.error || done.refused || errors;
  const box = element("div", "", `notice ${bad ? "bad" : findings.length ? "warn" : "good"}`);
  box.append(element("p", done.error ?? headline(done, errors, findings.length - errors), "lines"));
  if (findings.length) {
    const list = element("ul", "", "findings");
    for (const each of findings) {
      const line = element("li");
      line.append(element("span", say(each.severity), `tag ${each.severity === "error" ? "bad" : "warn"}`));
      line.append(element("code", each.at), document.createTextNode(each.message));
      list.append(line);
    }
    box.append(list);
  }
  const next = element("p", "", "row");
  next.append(...nextSteps(done, bad));
  if (next.children.length) box.append(next);
  const answer = place.querySelector(".answer");
  answer.replaceChildren(box);
  answer.hidden = false;
  answer.focus({ preventScroll: true });
  answer.scrollIntoView({ block: "nearest" });
}

// What a designer does next, at hand where the eyes are.
function nextSteps(done, bad) {
  if (bad) return [];
  if (done.kind === "train") {
    const link = element("a", say("try"), "button");
    link.href = "/";
    return [link];
  }
  if (done.kind !== "render" && !done.changed) return [];
  return [...document.querySelectorAll(".standing [data-job=train], .standing [data-job=render]")].map((each) => each.cloneNode(true));
}

function headline(done, errors, warnings) {
  if (done.refused) return say("refused");
  if (done.kind === "save") return done.changed ? say("saved", { file: done.file }) : say("unchanged");
  if (done.kind === "render") return say("rendered", { n: done.rendered });
  if (done.kind === "train") return say("trained");
  return errors + warnings ? say("checked", { errors, warnings }) : say("clean");
}

// ────────────────────────────────────────────────────────────────────────────

function begin() {
  search.addEventListener("input", filter);
  script.querySelector(".list").addEventListener("keydown", walk);
  const [list, here] = [script.querySelector(".list"), script.querySelector(".list [aria-current]")];
  if (here) list.scrollTop = here.offsetTop - list.clientHeight / 2;
  showGraph();
  for (const form of document.querySelectorAll("form.edit")) {
    form.addEventListener("input", () => showChange(form));
    form.addEventListener("reset", () => setTimeout(() => showChange(form)));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(form);
    });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.zoom) changeZoom(button.dataset.zoom);
    if (button.dataset.job) job(button.dataset.job, button.closest(".place"));
    if (button.dataset.sound) play(button.dataset.sound);
    if (button.classList.contains("hear")) hear(button);
  });
  addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("form.edit")].some(isChanged)) event.preventDefault();
  });
  if ("running" in script.dataset) {
    const standing = script.querySelector(".standing");
    watch("", standing).then(async (done) => {
      await refresh();
      tell(standing, done);
    });
  }
}

if (script) begin();
