// Two waveforms on one clock: a column each for every 20 ms of the microphone, the newest at the right.

const COLUMN_PX = 2;
const MOST_WAITING = 50; // both sides' frames come in bursts where the page has little time
const SECRET = Symbol("secret");

export class Waves {
  constructor(you, bot, secretWord) {
    this.sides = [{ canvas: you, colour: "--blue", columns: [] }, { canvas: bot, colour: "--accent", columns: [] }];
    this.secretWord = secretWord;
    this.waiting = []; // the bot's frames that were played since the last column
    this.reading = false; // the bot reads out a secret, as its events tell
    this.secret = false; // what is drawn now belongs to one
    this.due = false;
    new ResizeObserver(() => this.schedule()).observe(you);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.schedule());
  }

  clear() {
    for (const side of this.sides) side.columns = [];
    this.waiting = [];
    this.reading = this.secret = false;
    this.schedule();
  }

  // A frame of the bot was played; null: of a secret, which is not drawn.
  played(samples) {
    this.waiting.push(samples ? extent(samples) : SECRET);
    if (this.waiting.length > MOST_WAITING) this.waiting.shift();
  }

  // The bot stopped, and drops what it had not said.
  cleared() {
    this.waiting = [];
  }

  // A frame of the caller. While the bot reads out a secret both are blank, as in a recording.
  heard(samples) {
    const bot = this.waiting.shift();
    if (bot) this.secret = bot === SECRET;
    else if (!this.reading) this.secret = false;
    if (this.secret) this.add(SECRET, SECRET);
    else this.add(extent(samples), bot ?? [0, 0]);
  }

  add(...columns) {
    const most = Math.ceil(4096 / COLUMN_PX);
    this.sides.forEach((side, which) => {
      side.columns.push(columns[which]);
      if (side.columns.length > most) side.columns.shift();
    });
    this.schedule();
  }

  schedule() {
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => {
      this.due = false;
      for (const side of this.sides) this.draw(side);
    });
  }

  draw({ canvas, colour, columns }) {
    const { width, height } = canvas.getBoundingClientRect();
    const scale = devicePixelRatio;
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
    const style = getComputedStyle(canvas);
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.fillStyle = style.getPropertyValue("--line");
    pen.fillRect(0, height / 2 - 0.5, width, 1);
    const shown = columns.slice(-Math.floor(width / COLUMN_PX));
    const left = width - shown.length * COLUMN_PX;
    pen.fillStyle = style.getPropertyValue(colour);
    shown.forEach((column, at) => {
      if (column === SECRET) return;
      const [low, high] = column;
      const top = (1 - high) * height / 2;
      pen.fillRect(left + at * COLUMN_PX, top, COLUMN_PX - 0.5, Math.max(1, (high - low) * height / 2));
    });
    for (const [from, to] of stretches(shown)) this.blank(pen, style, left + from * COLUMN_PX, (to - from) * COLUMN_PX, height);
  }

  blank(pen, style, left, width, height) {
    pen.fillStyle = style.getPropertyValue("--sunk");
    pen.fillRect(left, 2, width, height - 4);
    pen.fillStyle = style.getPropertyValue("--soft");
    pen.font = `12px ${style.fontFamily}`;
    if (pen.measureText(this.secretWord).width < width - 8) pen.fillText(this.secretWord, left + 6, height / 2 + 4);
  }
}

// The lowest and the highest sample, from -1 to 1, loud enough to be seen.
function extent(samples) {
  let low = 0;
  let high = 0;
  for (const sample of samples) {
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return [seen(low), seen(high)];
}

const seen = (sample) => Math.sign(sample) * Math.sqrt(Math.abs(sample) / 32768);

// From and to of each run of secret columns.
function stretches(columns) {
  const found = [];
  columns.forEach((column, at) => {
    if (column !== SECRET) return;
    if (found.length && found.at(-1)[1] === at) found.at(-1)[1] = at + 1;
    else found.push([at, at + 1]);
  });
  return found;
}
