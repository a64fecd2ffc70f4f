/** The human legs of a media thread's transfers, by the caller's call: sockets, whisper, bridge. They tick with the calls of bucket 0. */
import { randomInt } from "node:crypto";
import type { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { SttPort, TtsPort } from "@sk-voice/models/ports.ts";
import type { OpusFactory } from "../call/codecs.ts";
import type { BridgeEnd } from "../call/relay.ts";
import type { MediaTerms } from "../call/terms.ts";
import { TransferLeg } from "../call/transfer-leg.ts";
import { monotonicMs } from "./clock.ts";
import type { Log } from "./log.ts";
import type { HumanCommand, HumanEvent } from "./messages.ts";
import { openUdp, type UdpSocket } from "./udp.ts";

export interface HumanLegsOptions {
  readonly host: string;
  readonly stt: SttPort;
  readonly tts: TtsPort;
  readonly agent: () => AgentSettings;
  readonly caller: (callId: string) => BridgeEnd | undefined;
  readonly tell: (callId: string, event: HumanEvent) => void;
  readonly opus: OpusFactory;
  readonly log: Log;
}

interface Human {
  socket: UdpSocket | undefined;
  rtcp: UdpSocket | undefined;
  leg: TransferLeg | undefined;
  /** `close` came while the socket was being opened. */
  isClosed: boolean;
}

export class HumanLegs {
  readonly #humans = new Map<string, Human>();

  constructor(private readonly options: HumanLegsOptions) {}

  handle(callId: string, command: HumanCommand): void {
    const human = this.#humans.get(callId);
    switch (command.type) {
      case "open":
        void this.#open(callId, command.port);
        return;
      case "whisper":
        if (human && !human.leg) human.leg = this.#whisper(callId, human, command.terms, command.text);
        return;
      case "update":
        return human?.leg?.update(command.terms);
      case "bridge":
        return this.#bridge(callId, human?.leg);
      case "close":
        return this.#close(callId);
    }
  }

  tick(bucket: number, dueMs: number): void {
    if (bucket !== 0) return;
    for (const [callId, { leg }] of this.#humans) {
      try {
        leg?.tick(dueMs);
      } catch (error) {
        this.options.log.error({ callId, err: error }, "the human's leg failed in its tick");
        this.options.tell(callId, { type: "lost" });
        this.#close(callId);
      }
    }
  }

  async #open(callId: string, port: number): Promise<void> {
    const { host, tell } = this.options;
    const human: Human = { socket: undefined, rtcp: undefined, leg: undefined, isClosed: false };
    this.#humans.set(callId, human);
    try {
      human.socket = await openUdp({
        host,
        port,
        dscp: 46,
        onPacket: (bytes, address, from) => human.leg?.receive(monotonicMs(), bytes, address, from),
      });
      human.rtcp = await openUdp({
        host,
        port: port + 1,
        onPacket: (bytes, address, from) => human.leg?.receiveRtcp(monotonicMs(), bytes, address, from),
      });
    } catch (error) {
      human.socket?.close();
      this.#humans.delete(callId);
      return tell(callId, { type: "open-failed", reason: error instanceof Error ? error.message : String(error) });
    }
    if (human.isClosed) this.#finish(callId, human);
    else tell(callId, { type: "opened" });
  }

  #whisper(callId: string, human: Human, terms: MediaTerms, text: string): TransferLeg {
    const { stt, tts, tell, log } = this.options;
    const agent = this.options.agent();
    return new TransferLeg(
      {
        stt,
        tts,
        opus: this.options.opus,
        language: agent.languages[0] ?? "en",
        voice: agent.voice === "default" ? "" : agent.voice,
        random: {
          ssrc: randomInt(2 ** 32),
          firstSequence: randomInt(2 ** 15),
          firstTimestampTicks: randomInt(2 ** 32),
        },
        send: (packet, port, address) => human.socket?.send(packet, port, address),
        sendRtcp: (packet, port, address) => human.rtcp?.send(packet, port, address),
        answered: (accepts) => tell(callId, { type: "answered", accepts }),
        lost: () => tell(callId, { type: "lost" }),
        failed: (error) => log.error({ callId, err: error }, "a provider failed on the human's leg"),
      },
      terms,
      text,
    );
  }

  #bridge(callId: string, leg: TransferLeg | undefined): void {
    const caller = this.options.caller(callId);
    if (!leg || !caller) return;
    caller.bridge(leg);
    leg.bridge(caller);
  }

  #close(callId: string): void {
    const human = this.#humans.get(callId);
    if (!human || human.isClosed) return;
    human.isClosed = true;
    if (human.socket && human.rtcp) this.#finish(callId, human);
  }

  #finish(callId: string, human: Human): void {
    this.#humans.delete(callId);
    human.leg?.stop(monotonicMs());
    human.socket?.close();
    human.rtcp?.close();
    this.options.tell(callId, { type: "closed" });
  }
}
