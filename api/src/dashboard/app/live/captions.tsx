/** What is said in a running call, and how long each of her replies took. */
import { useEffect, useRef } from "react";
import type { TurnLatency } from "../../../contract/engine.ts";
import { useFormat } from "../lib/format.ts";
import { type Key, useT } from "../lib/i18n.tsx";
import type { Caption } from "../lib/live.ts";
import { reachable } from "../ui/basic.tsx";

export const PARTS = [
  { part: "endpointing_ms", label: "part.endpointing" },
  { part: "stt_ms", label: "part.stt" },
  { part: "llm_ms", label: "part.llm" },
  { part: "tts_ms", label: "part.tts" },
  { part: "engine_ms", label: "part.engine" },
] as const satisfies readonly { part: keyof TurnLatency; label: Key }[];

/** Grows at its end and stays there, unless somebody scrolled up to read. */
export function CaptionList({ captions }: { captions: readonly Caption[] }) {
  const t = useT();
  const list = useRef<HTMLOListElement>(null);
  const last = captions.at(-1);
  const size = captions.length * 10_000 + (last?.text.length ?? 0);
  useEffect(() => {
    const element = list.current;
    if (element === null || size === 0) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (left < 160) element.scrollTop = element.scrollHeight;
  }, [size]);
  return (
    <ol className="captions" ref={list} aria-live="polite" {...reachable} aria-label={t("live.captions")}>
      {captions.map((caption) => (
        <li key={caption.key} className={`caption caption-${caption.speaker} ${caption.final ? "" : "caption-open"}`}>
          <span className="caption-who">{t(caption.speaker === "agent" ? "speaker.agent" : "speaker.caller")}</span>
          <span>
            {caption.text}
            {caption.stopped ? <span className="cut">{t("call.interrupted")}</span> : null}
          </span>
        </li>
      ))}
    </ol>
  );
}

export function TurnKey() {
  const t = useT();
  return (
    <ul className="key">
      {PARTS.map(({ part, label }, index) => (
        <li key={part}>
          <span className={`key-dot part-${index + 1}`} aria-hidden />
          {t(label)}
        </li>
      ))}
    </ul>
  );
}

const FULL_MS = 1500;

/** One reply as a waterfall. @param fullMs what the whole width stands for */
export function TurnBar({ turn, fullMs = FULL_MS }: { turn: TurnLatency; fullMs?: number }) {
  const t = useT();
  const format = useFormat();
  const spoken = PARTS.map(({ part, label }) => `${t(label)} ${format.ms(turn[part])}`).join(", ");
  let left = 0;
  return (
    <div
      className="turn"
      role="img"
      aria-label={`${t("call.turn", { n: turn.turn })}: ${format.ms(turn.response_ms)}. ${spoken}`}
      title={spoken}
    >
      <span className="turn-number numbers">{turn.turn}</span>
      <svg className="turn-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
        {PARTS.map(({ part }, index) => {
          const width = ((turn[part] ?? 0) / fullMs) * 100;
          const x = left;
          left += width;
          return (
            <rect
              key={part}
              x={x}
              y="0"
              width={Math.max(0, Math.min(width, 100 - x))}
              height="10"
              className={`part-${index + 1}`}
            />
          );
        })}
      </svg>
      <span className="turn-ms numbers">{format.ms(turn.response_ms)}</span>
    </div>
  );
}
