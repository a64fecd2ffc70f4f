/** Processes that are killed, told to end, or lose a thread. */
import { monotonicMs } from "@sk-voice/engine/io/clock.ts";
import { eventually } from "../../../test/stack.ts";
import type { Chaos, Row } from "../row.ts";
import { unless } from "../row.ts";
import type { Victim } from "../victim.ts";

/** Kills the engine when the caller is at that point, starts it again, and calls. */
function engineKilled(
  state: string,
  until: (victim: Victim, chaos: Chaos) => Promise<void>,
  check: (victim: Victim, chaos: Chaos) => Promise<string[]> = async () => [],
): Row {
  return {
    name: `engine-${state}`,
    fault: `engine killed while ${state}`,
    run: async (chaos) => {
      const victim = chaos.caller();
      await until(victim, chaos);
      const faultMs = monotonicMs();
      await chaos.stack.kill("engine", "SIGKILL");
      await chaos.stack.launch("engine");
      const recoveryMs = await chaos.answersAgain(faultMs);
      return { heard: victim.heard, recoveryMs, problems: await check(victim, chaos) };
    },
  };
}

const asked = async (victim: Victim, { question }: Chaos) => {
  await victim.call();
  await victim.greeted();
  await victim.quiet();
  victim.say(question);
};

export const engineRinging = engineKilled("ringing", (victim) => victim.dial());
export const engineGreeting = engineKilled("greeting", async (victim) => {
  await victim.call();
  await victim.greeted();
  await Bun.sleep(500);
});
export const engineListening = engineKilled("listening", async (victim, chaos) => {
  await asked(victim, chaos);
  await Bun.sleep(600);
});
export const engineThinking = engineKilled("thinking", async (victim, chaos) => {
  await asked(victim, chaos);
  await victim.said();
  await Bun.sleep(300);
});
export const engineSpeaking = engineKilled(
  "speaking",
  async (victim, chaos) => {
    await asked(victim, chaos);
    await victim.reply();
    await Bun.sleep(500);
  },
  async (victim, { stack, calls }) => {
    const of = async () => (await calls()).find(({ from, status }) => from === victim.from && status === "completed");
    await eventually("the outcome", 30_000, async () => (await of()) !== undefined);
    const call = await of();
    const { lines } = await stack.get<{ lines: unknown[] }>(`/voice/v1/calls/${call?.id}/transcript`);
    return unless({
      "it is told as ended by the restart": call?.ended_by === "engine_restart",
      "what was said so far is kept": lines.length > 0,
    });
  },
);
export const engineReporting = engineKilled("reporting", async (victim) => {
  await victim.call();
  await victim.greeted();
  victim.hangUp();
});

export const apiKilled: Row = {
  name: "api-killed",
  fault: "api killed in mid-call",
  run: async (chaos) => {
    const victim = chaos.caller();
    await victim.call();
    await victim.greeted();
    const faultMs = monotonicMs();
    await chaos.stack.kill("api", "SIGKILL");
    victim.say(chaos.question);
    await victim.reply();
    victim.hangUp();
    await victim.ended();
    await eventually("the report in the spool", 10_000, async () => (await chaos.stack.figures()).spool.waiting > 0);
    await chaos.stack.launch("api");
    const problems = await chaos.settled();
    return { heard: victim.heard, recoveryMs: monotonicMs() - faultMs, problems };
  },
};

export const drain: Row = {
  name: "sigterm",
  fault: "SIGTERM during a call",
  run: async (chaos) => {
    const victim = chaos.caller();
    await victim.call();
    await victim.greeted();
    const faultMs = monotonicMs();
    chaos.stack.signal("engine", "SIGTERM");
    await eventually("draining", 5000, async () => (await fetch(`${chaos.stack.healthUrl}/ready`)).status === 503);
    const newcomer = chaos.caller();
    await newcomer.dial();
    await newcomer.ended();
    victim.say(chaos.question);
    await victim.reply();
    const goesOn = !victim.hasEnded;
    victim.hangUp();
    await eventually("the engine's end", 20_000, () => chaos.stack.hasEnded("engine"));
    await chaos.stack.launch("engine");
    const recoveryMs = monotonicMs() - faultMs;
    const [latest] = (await chaos.calls()).filter(({ from }) => from === victim.from);
    const problems = unless({
      "new callers get 503": newcomer.status === 503,
      "the call went on": goesOn,
      "it was no restart": latest?.ended_by !== "engine_restart",
    });
    return { heard: victim.heard, recoveryMs, problems };
  },
};

export const mediaThread: Row = {
  name: "media-thread",
  fault: "a media thread dies in mid-call",
  run: async (chaos) => {
    const victim = chaos.caller();
    await victim.call();
    await victim.greeted();
    const faultMs = monotonicMs();
    chaos.stack.signal("engine", "SIGUSR2");
    await victim.ended(10_000);
    const recoveryMs = await chaos.answersAgain(faultMs);
    return {
      heard: victim.heard,
      recoveryMs,
      problems: unless({ "the process lives": !chaos.stack.hasEnded("engine") }),
    };
  },
};
