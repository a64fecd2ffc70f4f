/**
 * The peers suite's other side: LiveKit Agents for Node with its Silero plugin, our own audio input and output, no server and no room. Runs in a scratch folder that
 * holds its packages: `node livekit.mjs '{json}'` prints one line of JSON. Plain JavaScript, because it is not part of this workspace.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { initializeLogger, llm, stt, tts, voice } from "@livekit/agents";
import { VAD } from "@livekit/agents-plugin-silero";
import { AudioFrame } from "@livekit/rtc-node";

const options = JSON.parse(process.argv[2]);
const RATE = 16_000;
const FRAME = RATE / 50;
const FRAME_MS = 20;
const AUDIBLE = 300;
const REPLY = "Certainly, let me look at that.";
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

initializeLogger({ pretty: false, level: "error" });

const speech = new Int16Array(new Uint8Array(readFileSync(options.speechPath)).buffer);

class FixedStt extends stt.STT {
  label = "fixed";
  constructor() {
    super({ streaming: false, interimResults: false });
  }
  async _recognize() {
    await sleep(options.sttMs);
    return {
      type: stt.SpeechEventType.FINAL_TRANSCRIPT,
      alternatives: [{ language: "en", text: options.text, startTime: 0, endTime: 0, confidence: 0.95 }],
    };
  }
  stream() {
    throw new Error("not a streaming recogniser");
  }
}

/** The session wants to see a model and a voice; the agent's own nodes stand in for both. */
class NoLlm extends llm.LLM {
  label() {
    return "none";
  }
  chat() {
    throw new Error("the agent's node answers");
  }
}

class NoTts extends tts.TTS {
  label = "none";
  constructor() {
    super(RATE, 1, { streaming: true });
  }
  synthesize() {
    throw new Error("the agent's node speaks");
  }
  stream() {
    throw new Error("the agent's node speaks");
  }
}

class FixedAgent extends voice.Agent {
  async llmNode() {
    await sleep(options.llmMs);
    return new ReadableStream({
      start(controller) {
        controller.enqueue(REPLY);
        controller.close();
      },
    });
  }

  async ttsNode(text) {
    let said = "";
    for await (const part of text) said += part;
    await sleep(options.ttsMs);
    const frames = Math.ceil((said.length * options.msPerCharacter) / FRAME_MS);
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at === frames) return controller.close();
        const samples = Int16Array.from(
          { length: FRAME },
          (_, i) => 4000 * Math.sin(((at * FRAME + i) * Math.PI) / 20),
        );
        at++;
        controller.enqueue(new AudioFrame(samples, RATE, 1, FRAME));
      },
    });
  }
}

class Mouth extends voice.AudioInput {
  #controller;
  constructor() {
    super();
    const stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    this.multiStream.addInputStream(stream);
  }
  say(samples) {
    this.#controller.enqueue(new AudioFrame(samples, RATE, 1, samples.length));
  }
}

/** Plays in real time, 20 ms at a time. */
class Ear extends voice.AudioOutput {
  #queue = [];
  #playedMs = 0;
  #flushed = false;
  #playing = false;
  #paused = false;
  constructor() {
    super(RATE, undefined, { pause: true });
  }
  async captureFrame(frame) {
    await super.captureFrame(frame);
    this.#queue.push(frame);
  }
  flush() {
    super.flush();
    this.#flushed = true;
  }
  clearBuffer() {
    this.#queue = [];
    if (this.#playing) this.#finish(true);
  }
  pause() {
    this.#paused = true;
  }
  resume() {
    this.#paused = false;
  }
  /** Peak of the 20 ms that leave now. */
  tick() {
    if (this.#paused) return 0;
    const frame = this.#queue.shift();
    if (!frame) {
      if (this.#playing && this.#flushed) this.#finish(false);
      return 0;
    }
    if (!this.#playing) {
      this.#playing = true;
      this.onPlaybackStarted(Date.now());
    }
    this.#playedMs += (1000 * frame.samplesPerChannel) / RATE;
    return frame.data.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  }
  #finish(interrupted) {
    this.#playing = false;
    this.#flushed = false;
    this.#paused = false;
    this.onPlaybackFinished({ playbackPosition: this.#playedMs / 1000, interrupted });
    this.#playedMs = 0;
  }
}

class Conversation {
  mouth = new Mouth();
  ear = new Ear();
  totalMs = [];
  stopMs = [];
  #position = -1;
  #saidMs;
  #heardMs = 0;
  #replyMs;
  #onsetMs;
  #idleSinceMs = performance.now();
  #turn = 0;

  tick(now) {
    const peak = this.ear.tick();
    if (peak > AUDIBLE) {
      this.#heardMs = now;
      if (this.#saidMs !== undefined) {
        this.totalMs.push(now - this.#saidMs);
        this.#saidMs = undefined;
        this.#replyMs = now;
        this.#turn++;
      }
    } else if (this.#onsetMs !== undefined) {
      this.stopMs.push(now - this.#onsetMs);
      this.#onsetMs = undefined;
    }
    this.#decide(now);
    const frame = new Int16Array(FRAME);
    if (this.#position >= 0) {
      frame.set(speech.subarray(this.#position, this.#position + FRAME));
      this.#position += FRAME;
      if (this.#position >= speech.length) {
        this.#position = -1;
        this.#saidMs = now;
        this.#idleSinceMs = now;
      }
    }
    this.mouth.say(frame);
  }

  /** Every other reply is interrupted. */
  #decide(now) {
    const speaking = now - this.#heardMs < 2 * FRAME_MS;
    if (
      this.#position < 0 &&
      speaking &&
      this.#turn % 2 === 1 &&
      this.#replyMs &&
      now - this.#replyMs > options.interruptAfterMs
    ) {
      this.#onsetMs = now;
      this.#replyMs = undefined;
      this.#position = 0;
    } else if (this.#position < 0 && !speaking && now - Math.max(this.#heardMs, this.#idleSinceMs) > 700) {
      if (this.#saidMs === undefined || now - this.#saidMs > 8000) {
        this.#saidMs = undefined;
        this.#position = 0;
      }
    }
  }
}

const rssMb = () => process.memoryUsage.rss() / 2 ** 20;
const vad = await VAD.load({ sampleRate: 16_000, minSilenceDuration: options.vadSilenceMs });
const idleMb = rssMb();
const conversations = [];
for (let index = 0; index < options.conversations; index++) {
  const session = new voice.AgentSession({
    stt: new FixedStt(),
    llm: new NoLlm(),
    tts: new NoTts(),
    vad,
    turnHandling: {
      turnDetection: "vad",
      endpointing: { minDelay: options.endpointMs, maxDelay: 3000 },
      interruption: { mode: "vad" },
      preemptiveGeneration: { enabled: true },
    },
  });
  const conversation = new Conversation();
  session.input.audio = conversation.mouth;
  session.output.audio = conversation.ear;
  await session.start({ agent: new FixedAgent({ instructions: "You answer the phone." }), record: false });
  conversations.push(conversation);
}
const startMs = performance.now();
const cpu = process.cpuUsage();
let due = startMs;
while (performance.now() - startMs < options.measureMs) {
  due += FRAME_MS;
  await sleep(Math.max(0, due - performance.now()));
  for (const conversation of conversations) conversation.tick(performance.now());
}
const used = process.cpuUsage(cpu);
const tookMs = performance.now() - startMs;
writeFileSync(
  options.resultPath,
  JSON.stringify({
    totalMs: conversations.flatMap(({ totalMs }) => totalMs),
    stopMs: conversations.flatMap(({ stopMs }) => stopMs),
    cpuPercent: (100 * (used.user + used.system)) / 1000 / tookMs / options.conversations,
    mbEach: (rssMb() - idleMb) / options.conversations,
    processMb: rssMb(),
  }),
);
process.exit(0);
