/** Too many callers, lossy lines, slow customers, providers that say nothing. */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { Prng } from "@sk-voice/media/sim/prng.ts";
import { eventually } from "../../../test/stack.ts";
import { receiveWebhooks } from "../../caller/webhooks.ts";
import type { Row } from "../row.ts";
import { unless } from "../row.ts";

/** What the shared stack may hold, and ten times as many. */
export const ROOM = 10;
const BURST = ROOM * 10;
const LOSS = 0.3;
const LOSS_MS = 10_000;
const SLOW_MS = 9000;

export const burst: Row = {
  name: "burst",
  fault: `${BURST} calls at once, room for ${ROOM}`,
  run: async (chaos) => {
    const faultMs = monotonicMs();
    const callers = Array.from({ length: BURST }, () => chaos.caller());
    await Promise.all(callers.map((caller) => caller.dial()));
    await eventually("an answer to every call", 30_000, () =>
      callers.every(({ wasAnswered, hasEnded }) => wasAnswered || hasEnded),
    );
    const answered = callers.filter(({ wasAnswered }) => wasAnswered);
    const refused = callers.filter(({ wasAnswered }) => !wasAnswered);
    await Promise.all(answered.map((caller) => caller.greeted(30_000)));
    for (const caller of answered) caller.hangUp();
    await Promise.all(answered.map((caller) => caller.ended()));
    const recoveryMs = await chaos.answersAgain(faultMs);
    const problems = unless({
      [`${ROOM} were answered, not ${answered.length}`]: answered.length === ROOM,
      "the others got 503": refused.every(({ status }) => status === 503),
    });
    return { heard: `${answered.length} greeted, ${refused.length} × ${refused[0]?.status}`, recoveryMs, problems };
  },
};

export const loss: Row = {
  name: "loss",
  fault: "30 % of RTP lost both ways for 10 s (in the caller, seeded: no netem here)",
  run: async (chaos) => {
    const random = new Prng(7);
    let isBad = false;
    const victim = chaos.caller({ isLost: () => isBad && random.next() < LOSS });
    await victim.call();
    await victim.greeted();
    await victim.quiet();
    isBad = true;
    const endMs = monotonicMs() + LOSS_MS;
    victim.say(chaos.question);
    await victim.reply();
    await Bun.sleep(Math.max(0, endMs - monotonicMs()));
    isBad = false;
    const clearMs = monotonicMs();
    await victim.quiet();
    victim.say(chaos.question);
    await victim.reply();
    const recoveryMs = monotonicMs() - clearMs;
    const problems = unless({ "the call went on": !victim.hasEnded, "no gap of a second": victim.longestGapMs < 1000 });
    victim.hangUp();
    await victim.ended();
    return { heard: victim.heard, recoveryMs, problems };
  },
};

export const slowReceivers: Row = {
  name: "slow-webhooks",
  fault: `three receivers answer after ${SLOW_MS / 1000} s`,
  run: async (chaos) => {
    const slow = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 30,
      fetch: async () => {
        await Bun.sleep(SLOW_MS);
        return new Response(null, { status: 204 });
      },
    });
    const { apiUrl, testKey } = chaos.stack;
    const headers = { authorization: `Bearer ${testKey}`, "content-type": "application/json" };
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const body = JSON.stringify({ url: `http://127.0.0.1:${slow.port}/${n}`, events: ["call.completed"] });
      const response = await fetch(`${apiUrl}/voice/v1/webhooks`, { method: "POST", headers, body });
      ids.push(((await response.json()) as { id: string }).id);
    }
    const fast = await receiveWebhooks({ url: apiUrl, key: testKey }, () => {});
    try {
      for (let n = 0; n < 5; n++) {
        const caller = chaos.caller();
        await caller.call();
        await caller.greeted();
        caller.hangUp();
        await caller.ended();
      }
      const faultMs = monotonicMs();
      const completed = () => fast.events.filter(({ type }) => type === "call.completed").length;
      await eventually("every event at the fast receiver", SLOW_MS * 3, () => completed() === 5);
      const recoveryMs = monotonicMs() - faultMs;
      const problems = unless({ "the fast one does not wait for the slow": recoveryMs < SLOW_MS });
      return { heard: "nothing of it", recoveryMs, problems };
    } finally {
      await fast.close();
      for (const id of ids) await fetch(`${apiUrl}/voice/v1/webhooks/${id}`, { method: "DELETE", headers });
      await slow.stop(true);
    }
  },
};

export const blackhole: Row = {
  name: "blackhole",
  fault: "hosted recogniser, model and voice accept and say nothing",
  prepare: () => {
    const hole = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    return {
      env: { SK_STT_MODEL: "", OPENAI_API_KEY: "sk-none", OPENAI_BASE_URL: `http://127.0.0.1:${hole.port}/v1` },
      undo: () => hole.stop(true),
    };
  },
  run: async (chaos) => {
    const victim = chaos.caller();
    await victim.call(30_000);
    await victim.greeted(30_000);
    await victim.quiet();
    victim.say(chaos.question);
    const recoveryMs = await victim.reply(30_000);
    await victim.quiet();
    victim.hangUp();
    await victim.ended();
    return { heard: victim.heard, recoveryMs, problems: unless({ "she spoke within 8 s": recoveryMs < 8000 }) };
  },
};
