// The bot's speech: frames of 20 ms at 8 kHz, the context's rate, played one after the other, and told when they were.
// A few are kept waiting first, so that one that comes late leaves no hole.

const WAIT_FRAMES = 4;
const WAIT_BLOCKS = 6; // of 128 samples: about 100 ms, for words shorter than that

class Mouth extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frames = [];
    this.at = 0; // the next sample of the first frame
    this.waited = 0;
    this.playing = false;
    this.played = 0; // frames since `clear` number `round`
    this.round = 0;
    this.port.onmessage = ({ data }) => this.take(data);
  }

  take(data) {
    if (data.clear === undefined) {
      this.frames.push(data);
      return;
    }
    this.frames = [];
    this.at = this.played = this.waited = 0;
    this.playing = false;
    this.round = data.clear;
  }

  process(_, outputs) {
    const output = outputs[0][0];
    if (!this.playing && this.frames.length) {
      this.waited += 1;
      this.playing = this.frames.length >= WAIT_FRAMES || this.waited >= WAIT_BLOCKS;
    }
    for (let at = 0; this.playing && at < output.length; at += 1) {
      const { samples, secret } = this.frames[0];
      output[at] = samples[this.at] / 32768;
      this.at += 1;
      if (this.at === samples.length) this.done(samples, secret);
    }
    return true;
  }

  done(samples, secret) {
    this.frames.shift();
    this.at = 0;
    this.played += 1;
    this.playing = this.frames.length > 0;
    if (!this.playing) this.waited = 0;
    this.port.postMessage({ samples, secret, frames: this.played, round: this.round, last: !this.playing });
  }
}

registerProcessor("mouth", Mouth);
