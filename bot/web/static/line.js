// One call's line: the microphone and the loudspeaker at one end, the studio's WebSocket at the other.

const RATE_HZ = 8000; // the bot's speech
const TELL_EVERY = 5; // frames played

export class Problem extends Error {} // its message is a key under `problem.`

export class Line {
  // `on` gives the handlers: event(event), heard(samples), played(samples or null for a secret), cleared(),
  // refused(why), warned(problem), closed(orderly).
  constructor(on) {
    this.on = on;
    this.orderly = false;
  }

  // Begins a call; call it from a gesture of the user. Throws a Problem when there can be none.
  async open(number, withMicrophone) {
    if (!window.AudioWorkletNode) throw new Problem(window.isSecureContext ? "old" : "insecure");
    this.context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
    try {
      await this.context.resume();
      await this.context.audioWorklet.addModule("/static/mouth.worklet.js");
      this.microphone = withMicrophone ? await this.listen() : null;
      await this.plug();
      await this.connect(number);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  key(key) { this.tell({ type: "key", key }); }

  text(text) { this.tell({ type: "text", text }); }

  hangUp() {
    this.orderly = true;
    this.tell({ type: "hang_up" });
  }

  async listen() {
    if (!navigator.mediaDevices) {
      this.on.warned("insecure");
      return null;
    }
    try {
      return await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: true },
      });
    } catch (error) {
      this.on.warned(error.name === "NotAllowedError" ? "denied" : "no_microphone");
      return null;
    }
  }

  // The microphone may need a context at its own rate: Firefox connects no other.
  async plug() {
    this.mouth = new AudioWorkletNode(this.context, "mouth", { numberOfInputs: 0, outputChannelCount: [1] });
    this.mouth.port.onmessage = ({ data }) => this.played(data);
    this.mouth.connect(this.context.destination);
    this.capture = this.context;
    let source = null;
    if (this.microphone) {
      try {
        source = this.context.createMediaStreamSource(this.microphone);
      } catch {
        this.capture = new AudioContext();
        source = this.capture.createMediaStreamSource(this.microphone);
      }
    }
    await this.capture.audioWorklet.addModule("/static/ears.worklet.js");
    this.ears = new AudioWorkletNode(this.capture, "ears", { outputChannelCount: [1] });
    this.ears.port.onmessage = ({ data }) => this.heard(data);
    if (source) source.connect(this.ears);
    this.ears.connect(this.capture.destination); // it gives nothing; a node that leads nowhere may stand still
  }

  connect(number) {
    const address = new URL("/call", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => (typeof data === "string" ? this.told(JSON.parse(data)) : this.speech(data));
    this.socket.onclose = () => this.closed();
    return new Promise((resolve, reject) => {
      this.socket.onerror = () => reject(new Problem("lost"));
      this.socket.onopen = () => {
        this.tell({ type: "start", rate: this.capture.sampleRate, number });
        this.open_ = true;
        resolve();
      };
    });
  }

  tell(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  told(message) {
    if (message.type === "event") this.on.event(message);
    else if (message.type === "refused") this.on.refused(message.why);
    else if (message.type === "hang_up") this.orderly = true;
    else if (message.type === "clear") {
      this.mouth.port.postMessage({ clear: message.round });
      this.on.cleared();
    }
  }

  speech(data) {
    const message = new Int16Array(data);
    this.mouth.port.postMessage({ secret: message[0] !== 0, samples: message.slice(1) });
  }

  heard(samples) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(samples.buffer);
    this.on.heard(samples);
  }

  played({ samples, secret, frames, round, last }) {
    this.on.played(secret ? null : samples);
    if (last || frames % TELL_EVERY === 0) this.tell({ type: "played", frames, round });
  }

  closed() {
    if (!this.context) return;
    this.release();
    if (this.open_) this.on.closed(this.orderly);
  }

  release() {
    this.microphone?.getTracks().forEach((track) => track.stop());
    if (this.capture && this.capture !== this.context) this.capture.close();
    this.context?.close();
    this.socket?.close();
    this.context = this.capture = this.microphone = null;
  }
}
