// The page “Try a call”: its controls, and what it shows of the call's events.

import { Line, Problem } from "./line.js";
import { Waves } from "./wave.js";

const texts = JSON.parse(document.getElementById("texts").textContent);
const $ = (id) => document.getElementById(id);
const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), texts[key] ?? key);
const waves = new Waves($("wave-you"), $("wave-bot"), say("secret"));
const keys = [...$("keypad").querySelectorAll("button")];
const COLUMNS = 3; // of the keypad

let line = null;
let call = null; // what is remembered of the call's events

// --- the call ---

async function begin() {
  $("problem").hidden = true;
  $("log").replaceChildren();
  $("log-empty").hidden = true;
  for (const id of ["heard", "expected", "intent", "slots", "latency"]) $(id).textContent = "–";
  $("clock").textContent = "00:00";
  waves.clear();
  call = { frames: 0, waited: null, compute: 0, secret: false, intent: null };
  line = new Line({
    event: show,
    heard: (samples) => {
      tick();
      waves.heard(samples);
    },
    played: (samples) => waves.played(samples),
    cleared: () => waves.cleared(),
    refused: complain,
    warned: complain,
    closed: (orderly) => end(orderly ? null : "lost"),
  });
  state("connecting");
  controls(true);
  try {
    await line.open($("number").value, $("microphone").checked);
    keys[0].focus();
  } catch (error) {
    if (error instanceof Problem) end(error.message);
    else end("sound", { reason: error.message });
  }
}

function end(problem, values) {
  const focused = $("end") === document.activeElement || $("keypad").contains(document.activeElement)
    || $("typing").contains(document.activeElement);
  line = null;
  controls(false);
  state(problem ? "idle" : "ended");
  if (problem) complain(problem, values);
  if (focused) $("start").focus();
}

function controls(on) {
  document.body.classList.toggle("calling", on);
  $("start").hidden = on;
  $("end").hidden = !on;
  $("number").readOnly = on;
  $("microphone").disabled = on;
  $("keypad").disabled = !on;
  $("typing").querySelector("fieldset").disabled = !on;
}

function complain(problem, values) {
  $("problem").textContent = say(`problem.${problem}`, values);
  $("problem").hidden = false;
}

function state(name) {
  $("lamp").dataset.state = name;
  $("state").textContent = say(`state.${name}`);
}

function tick() {
  call.frames += 1;
  if (call.frames % 10) return;
  const seconds = Math.floor(call.frames / 50);
  $("clock").textContent = `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}

const pad = (number) => String(number).padStart(2, "0");

// --- its events ---

const shown = {
  prompt: () => state(call.secret ? "secret" : "speaking"),
  silent: () => state("listening"),
  secret: (event) => {
    call.secret = waves.reading = event.spoken;
    if (event.spoken) state("secret");
  },
  speech: () => state("hearing"),
  partial: (event) => {
    $("heard").textContent = event.text || "…";
    $("heard").dataset.final = "no";
  },
  heard: (event) => {
    state("thinking");
    const words = event.text || (event.how === "silence" ? "" : say("said.nothing"));
    $("heard").textContent = words || "–";
    $("heard").dataset.final = "yes";
    call.waited = event.at_ms - event.ended_ms;
    call.compute = event.recognise_ms;
    const entry = add("you", say(`said.${event.how}`), words, event.at_ms);
    if (event.confidence !== null) note(entry, say("confidence", { percent: percent(event.confidence) }));
  },
  decided: (event) => {
    call.compute += event.decide_ms;
    $("expected").textContent = say(`expect.${event.expect}`);
    const sure = event.intent_confidence == null ? "" : ` (${percent(event.intent_confidence)})`;
    $("intent").textContent = (event.intent ?? "–") + sure;
    $("slots").replaceChildren(...Object.entries(event.slots).flatMap(slot));
    if (!Object.keys(event.slots).length) $("slots").textContent = "–";
    call.intent = event.intent;
  },
  rendered: (event) => {
    call.compute += event.render_ms;
    const entry = add("bot", say("bot"), event.text, event.at_ms);
    if (call.intent) note(entry, call.intent);
    if (call.waited === null) return;
    const latency = { all: ms(call.waited + call.compute), waited: ms(call.waited), compute: ms(call.compute) };
    $("latency").replaceChildren(element("span", "", say("latency", latency)), element("span", "soft", say("parts", latency)));
    note(entry, say("took", latency));
    call.waited = null;
  },
  barge_in: (event) => add("note", say("barge_in"), "", event.at_ms),
  resumed: (event) => {
    state("speaking");
    add("note", say("resumed"), "", event.at_ms);
  },
  password_heard: (event) => add("good", say("password_heard"), "", event.at_ms),
  delay: (event) => add("note", say("delay"), "", event.at_ms),
  call_ended: (event) => {
    const values = {
      outcome: say(`outcome.${event.outcome}`),
      seconds: (event.duration_ms / 1000).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 }),
      turns: event.turns,
      fee: event.fee_vnd.toLocaleString(document.documentElement.lang),
    };
    $("expected").textContent = say("expect.nothing");
    add(event.outcome === "reset" ? "good" : "note", say("ended", values), "", event.at_ms);
  },
};

function show(event) {
  shown[event.event]?.(event);
}

const ms = (number) => Math.round(number).toLocaleString(document.documentElement.lang);
const percent = (share) => say("sure", { percent: Math.round(share * 100) });

function slot([name, value]) {
  const tag = element("span", "tag mono", `${name} = ${value}`);
  return [tag, " "];
}

function add(kind, who, words, at_ms) {
  const entry = element("li", kind);
  const seconds = Math.floor(at_ms / 1000);
  entry.append(element("span", "at mono", `${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`));
  const body = element("div", "body");
  body.append(element("span", "who", words ? `${who}: ` : who));
  if (words) {
    const said = element("span", "words", words);
    said.lang = "vi";
    body.append(said);
  }
  entry.append(body);
  $("log").append(entry);
  $("log").scrollTop = $("log").scrollHeight;
  return entry;
}

function note(entry, text) {
  let notes = entry.querySelector(".notes");
  if (!notes) {
    notes = element("div", "notes soft");
    entry.querySelector(".body").append(notes);
  }
  notes.append(element("span", "", text));
}

function element(name, classes, text = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}

// --- the controls ---

$("dial").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!line) begin();
});

$("end").addEventListener("click", () => line?.hangUp());

$("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  const words = $("words").value.trim();
  if (!words || !line) return;
  line.text(words);
  $("words").value = "";
});

function press(button) {
  line?.key(button.dataset.key);
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 120);
}

for (const button of keys) button.addEventListener("click", () => press(button));

$("keypad").addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const pressed = keys.find((button) => button.dataset.key === event.key);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
  if (pressed) press(pressed);
  else if (step) move(keys[keys.indexOf(document.activeElement) + step]);
  else return;
  event.preventDefault();
});

function move(to) {
  if (!to) return;
  for (const button of keys) button.tabIndex = button === to ? 0 : -1;
  to.focus();
}

state("idle");
