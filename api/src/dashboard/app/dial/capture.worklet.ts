/**
 * The sound of a call from the browser, on the audio thread: the microphone goes out as 8 kHz frames of 20 ms, what comes in is played from a
 * queue. Rates differ between devices, so both ways are resampled here: down by averaging, up by straight lines.
 */
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new () => object): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

const PHONE_HZ = 8000;
const FRAME = 160;
/** Before playing starts or starts again: the network's unevenness. */
const CUSHION_SAMPLES = 480;

type Item = { samples: Float32Array } | { mark: string };
export type ToWorklet = Item | { clear: true } | { muted: boolean };
export type FromWorklet = { frame: Int16Array; peak: number } | { reached: string } | { played: number };

class PhoneProcessor extends AudioWorkletProcessor {
  readonly #step = sampleRate / PHONE_HZ;
  #sum = 0;
  #count = 0;
  #due = sampleRate / PHONE_HZ;
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #peak = 0;
  #muted = false;
  #queue: Item[] = [];
  #queued = 0;
  #at = 0;
  #playing = false;
  #last = 0;
  #next = 0;
  #fraction = 1;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#take(data);
  }

  #take(message: ToWorklet): void {
    if ("muted" in message) this.#muted = message.muted;
    else if ("clear" in message) {
      for (const item of this.#queue) if ("mark" in item) this.#tell({ reached: item.mark });
      this.#queue = [];
      this.#queued = 0;
      this.#at = 0;
      this.#playing = false;
    } else {
      this.#queue.push(message);
      if ("samples" in message) this.#queued += message.samples.length;
    }
  }

  #tell(message: FromWorklet): void {
    this.port.postMessage(message);
  }

  #capture(input: Float32Array): void {
    for (const value of input) {
      this.#sum += value;
      this.#count++;
      if (this.#count < this.#due) continue;
      const sample = this.#muted ? 0 : Math.round((this.#sum / this.#count) * 32_767);
      this.#due += this.#step - this.#count;
      this.#sum = this.#count = 0;
      this.#peak = Math.max(this.#peak, Math.abs(sample));
      this.#frame[this.#filled++] = sample;
      if (this.#filled < FRAME) continue;
      this.#tell({ frame: this.#frame, peak: this.#peak / 32_768 });
      this.#frame = new Int16Array(FRAME);
      this.#filled = this.#peak = 0;
    }
  }

  /** The next sample at 8 kHz; 0 when there is none. */
  #pull(): number {
    for (;;) {
      const item = this.#queue[0];
      if (item === undefined) {
        this.#playing = false;
        return 0;
      }
      if ("samples" in item && this.#at < item.samples.length) {
        this.#queued--;
        return item.samples[this.#at++] ?? 0;
      }
      if ("mark" in item) this.#tell({ reached: item.mark });
      this.#queue.shift();
      this.#at = 0;
    }
  }

  #play(output: Float32Array): void {
    let peak = 0;
    for (let index = 0; index < output.length; index++) {
      if (!this.#playing) {
        const onlyMarks = this.#queue.length > 0 && this.#queued === 0;
        this.#playing = this.#queued >= CUSHION_SAMPLES || onlyMarks || this.#queue.some((item) => "mark" in item);
      }
      this.#fraction += 1 / this.#step;
      while (this.#fraction >= 1) {
        this.#fraction -= 1;
        this.#last = this.#next;
        this.#next = this.#playing ? this.#pull() : 0;
      }
      const value = this.#last + (this.#next - this.#last) * this.#fraction;
      output[index] = value;
      peak = Math.max(peak, Math.abs(value));
    }
    this.#tell({ played: peak });
  }

  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [input] = inputs[0] ?? [];
    const [output] = outputs[0] ?? [];
    if (input !== undefined) this.#capture(input);
    if (output !== undefined) this.#play(output);
    return true;
  }
}

registerProcessor("sk-phone", PhoneProcessor);
