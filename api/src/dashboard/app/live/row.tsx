/** One running call: its levels and state are written straight into the page, four times a second, without rendering. */
import { memo, useEffect, useRef } from "react";
import type { LiveCall } from "../../../contract/live.ts";
import { clock } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { levelOf, useLive } from "../lib/live.ts";
import { partyOf } from "../ui/call-bits.tsx";
import { onFrame } from "./frames.ts";

const FLOOR_DB = -60;
const share = (db: number) => Math.max(0, Math.min(1, (db - FLOOR_DB) / -FLOOR_DB));

interface RowProps {
  call: LiveCall;
  chosen: boolean;
  onChoose: (id: string) => void;
}

export const LiveRow = memo(function LiveRow({ call, chosen, onChoose }: RowProps) {
  const t = useT();
  const bargeIns = useLive((live) => live.bargeIns.get(call.id) ?? 0);
  const [caller, agent, state, time] = [
    useRef<HTMLSpanElement>(null),
    useRef<HTMLSpanElement>(null),
    useRef<HTMLSpanElement>(null),
    useRef<HTMLSpanElement>(null),
  ];
  useEffect(() => {
    const startedMs = Date.parse(call.started_at);
    const write = (element: HTMLElement | null, text: string) => {
      if (element !== null && element.textContent !== text) element.textContent = text;
    };
    const scale = (element: HTMLElement | null, value: number) => {
      const next = `scaleX(${value.toFixed(2)})`;
      if (element !== null && element.style.transform !== next) element.style.transform = next;
    };
    return onFrame(() => {
      const level = levelOf(call.id);
      scale(caller.current, share(level?.caller_db ?? FLOOR_DB));
      scale(agent.current, share(level?.agent_db ?? FLOOR_DB));
      write(state.current, t(`live.state.${level?.state ?? call.state}`));
      write(time.current, clock(Date.now() - startedMs));
    });
  }, [call, t, caller, agent, state, time]);
  return (
    <li>
      <button type="button" className="live-row" aria-pressed={chosen} onClick={() => onChoose(call.id)}>
        <span className="live-pulse" aria-hidden />
        <span className="live-who">
          <span className="strong one-line">{call.from_display ?? partyOf(call) ?? t("caller.withheld")}</span>
          <span className="small muted one-line">
            <span ref={state}>{t(`live.state.${call.state}`)}</span>
            {bargeIns === 0 ? null : ` · ${t("live.barge_ins", { n: bargeIns })}`}
          </span>
        </span>
        <span className="live-levels" aria-hidden>
          <span className="meter-track">
            <span ref={caller} className="meter-fill" />
          </span>
          <span className="meter-track meter-agent">
            <span ref={agent} className="meter-fill" />
          </span>
        </span>
        <span ref={time} className="live-time numbers muted">
          0:00
        </span>
      </button>
    </li>
  );
});
