/**
 * A call in a room of a real LiveKit server (LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET) with the real processes: asked, answered, captioned, told. With
 * LIVEKIT_BY_WEBHOOK=1 the server sends her: its webhook is `http://127.0.0.1:19403/livekit`.
 */
import { expect, test } from "bun:test";
import { Guest } from "@sk-voice/engine/io/livekit/guest.ts";
import { loadLibrary } from "@sk-voice/engine/io/livekit/library.ts";
import { adminToken } from "@sk-voice/engine/transports/livekit/access.ts";
import { ROOM_FRAME_SAMPLES, ROOM_RATE_HZ } from "@sk-voice/engine/transports/livekit/bridge.ts";
import { designResampler, resample } from "@sk-voice/media/resample.ts";
import { spokenQuestion, startStack } from "../src/chaos/stage.ts";
import { eventually } from "./stack.ts";

const BASE_PORT = 19_400;
const SPOKEN_RATE_HZ = 8000;
const { LIVEKIT_URL: url = "", LIVEKIT_API_KEY: apiKey = "", LIVEKIT_API_SECRET: apiSecret = "" } = process.env;
const key = { apiKey, apiSecret };
if (url === "") console.log("skipped: a spoken call through a LiveKit server (LIVEKIT_URL is not set)");

test.skipIf(url === "")(
  "a person in a room asks for the hours, hears them, leaves; the call is told of",
  async () => {
    const stack = await startStack(BASE_PORT, {
      LIVEKIT_URL: url,
      LIVEKIT_API_KEY: apiKey,
      LIVEKIT_API_SECRET: apiSecret,
    });
    const guest = new Guest(await loadLibrary());
    try {
      const room = `call-spoken-${process.pid}`;
      await guest.join(url, key, room, "asha");
      if (process.env["LIVEKIT_BY_WEBHOOK"] !== "1") {
        const headers = { authorization: `Bearer ${await adminToken(key, room, Date.now())}` };
        const body = JSON.stringify({ room });
        const sent = await fetch(`http://127.0.0.1:${BASE_PORT + 3}/livekit/join`, { method: "POST", headers, body });
        expect(sent.status).toBe(202);
      }
      const silence = new Int16Array(ROOM_FRAME_SAMPLES);
      const said = (speaker: string) =>
        guest.captions.filter((caption) => caption.speaker === speaker && caption.final);
      const wait = async (isSo: () => boolean) => {
        while (!isSo()) await guest.say(silence);
      };
      await wait(() => guest.level > 1000);
      let quiet = 0;
      await wait(() => {
        quiet = guest.level < 200 ? quiet + 1 : 0;
        return quiet > 40;
      });
      const answers = said("agent").length;
      const question = resample(await spokenQuestion(), designResampler(SPOKEN_RATE_HZ, ROOM_RATE_HZ));
      for (let at = 0; at + ROOM_FRAME_SAMPLES <= question.length; at += ROOM_FRAME_SAMPLES) {
        await guest.say(question.subarray(at, at + ROOM_FRAME_SAMPLES));
      }
      await wait(() => guest.level > 1000 && said("agent").length > answers);
      expect(
        said("caller")
          .map(({ text }) => text.toLowerCase())
          .join(" "),
      ).toContain("hours");
      await guest.leave();
      const calls = async () =>
        (await stack.get<{ data: { status: string; ended_by: string }[] }>("/voice/v1/calls")).data;
      await eventually("the call's report", 20_000, async () =>
        (await calls()).some(({ status }) => status === "completed"),
      );
    } finally {
      await stack.stop();
    }
  },
  120_000,
);
