// The microphone, cut into frames of 20 ms: signed 16-bit samples at the context's rate. Silence where there is none.

class Ears extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
  }

  process(inputs, outputs) {
    const input = inputs[0][0];
    for (let at = 0; at < outputs[0][0].length; at += 1) {
      const sample = input ? Math.max(-1, Math.min(1, input[at])) : 0;
      this.frame[this.filled] = Math.round(sample * 32767);
      this.filled += 1;
      if (this.filled === this.frame.length) {
        this.port.postMessage(this.frame.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("ears", Ears);
