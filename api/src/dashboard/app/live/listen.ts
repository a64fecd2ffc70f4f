/** Listening in: both sides of a running call, mixed, a quarter second at a time. */
import { useEffect, useState } from "react";
import { decodeBase64 } from "../dial/mulaw.ts";
import { listenTo } from "../lib/live.ts";

const RATE_HZ = 8000;
/** Pieces come every 250 ms, not evenly. */
const CUSHION_S = 0.3;

export function useListening(callId: string): { on: boolean; toggle(): void } {
  const [on, setOn] = useState(false);
  // Another call: not listened to until asked.
  useEffect(() => {
    if (callId !== "") setOn(false);
  }, [callId]);
  useEffect(() => {
    if (!on) return;
    const context = new AudioContext();
    let at = 0;
    const play = (side: string, pan: number) => {
      const samples = decodeBase64(side);
      if (samples.length === 0) return 0;
      const buffer = context.createBuffer(1, samples.length, RATE_HZ);
      buffer.copyToChannel(samples, 0);
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(new StereoPannerNode(context, { pan })).connect(context.destination);
      source.start(at);
      return buffer.duration;
    };
    const stop = listenTo(callId, (caller, agent) => {
      if (at < context.currentTime) at = context.currentTime + CUSHION_S;
      at += Math.max(play(caller, -0.5), play(agent, 0.5));
    });
    return () => {
      stop();
      void context.close();
    };
  }, [on, callId]);
  return { on, toggle: () => setOn((before) => !before) };
}
