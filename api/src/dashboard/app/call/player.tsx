/** The recording as two waves, and the transcript beside it; each follows the other. */
import { Pause, Play } from "lucide-react";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import type { TranscriptLine } from "../../../contract/common.ts";
import type { Waveform } from "../../../contract/dashboard.ts";
import { clock } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { IconButton, reachable } from "../ui/basic.tsx";

export interface Player {
  audio: HTMLAudioElement | null;
  ms: number;
  playing: boolean;
  seek(ms: number): void;
  /** Seeks and plays. */
  hear(ms: number): void;
  toggle(): void;
}

/** @param url null: no recording */
export function usePlayer(url: string | null): Player {
  const [audio] = useState(() => (url === null ? null : new Audio()));
  const [ms, setMs] = useState(0);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (audio === null || url === null) return;
    audio.preload = "metadata";
    audio.src = url;
    let frame = 0;
    const follow = () => {
      setMs(audio.currentTime * 1000);
      frame = requestAnimationFrame(follow);
    };
    const begin = () => {
      setPlaying(true);
      follow();
    };
    const end = () => {
      setPlaying(false);
      cancelAnimationFrame(frame);
      setMs(audio.currentTime * 1000);
    };
    audio.addEventListener("play", begin);
    audio.addEventListener("pause", end);
    audio.addEventListener("ended", end);
    return () => {
      audio.pause();
      cancelAnimationFrame(frame);
      audio.removeAttribute("src");
    };
  }, [audio, url]);
  return {
    audio,
    ms,
    playing,
    seek(next) {
      setMs(next);
      if (audio !== null) audio.currentTime = next / 1000;
    },
    hear(next) {
      this.seek(next);
      if (audio?.paused === true) void audio.play();
    },
    toggle() {
      if (audio?.paused === true) void audio.play();
      else audio?.pause();
    },
  };
}

function path(levels: readonly number[], up: boolean): string {
  const top = Math.max(12, ...levels);
  const edge = levels.map((level, x) => `L${x} ${(up ? 1 : -1) * -Math.max(0.6, (level / top) * 24)}`);
  return `M0 0${edge.join("")}L${levels.length} 0Z`;
}

/** Caller above the line, she below it. */
export function Waves({ shape, player }: { shape: Waveform; player: Player }) {
  const t = useT();
  const box = useRef<SVGSVGElement>(null);
  const width = shape.caller.length;
  const at = (player.ms / Math.max(1, shape.duration_ms)) * width;
  const seek = (event: PointerEvent) => {
    const area = box.current?.getBoundingClientRect();
    if (area === undefined) return;
    player.seek(Math.max(0, Math.min(1, (event.clientX - area.left) / area.width)) * shape.duration_ms);
  };
  return (
    <div className="waves">
      <IconButton
        icon={player.playing ? Pause : Play}
        label={t(player.playing ? "call.pause" : "call.play")}
        className="waves-play"
        onClick={player.toggle}
      />
      <div className="waves-box">
        <svg
          ref={box}
          viewBox={`0 -25 ${width} 50`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t("call.waveform")}
          onPointerDown={seek}
          onPointerMove={(event) => (event.buttons === 1 ? seek(event) : undefined)}
        >
          <path d={path(shape.caller, true)} className="wave-caller" />
          <path d={path(shape.agent, false)} className="wave-agent" />
          <line x1={at} x2={at} y1="-25" y2="25" className="wave-at" vectorEffect="non-scaling-stroke" />
        </svg>
        <input
          className="waves-slider"
          type="range"
          min={0}
          max={shape.duration_ms}
          step={1000}
          value={Math.round(player.ms)}
          aria-label={t("call.position")}
          aria-valuetext={clock(player.ms)}
          onChange={(event) => player.seek(Number(event.target.value))}
        />
        <div className="waves-foot small muted numbers">
          <span>{clock(player.ms)}</span>
          <span className="row">
            <span className="wave-name wave-name-caller">{t("speaker.caller")}</span>
            <span className="wave-name wave-name-agent">{t("speaker.agent")}</span>
          </span>
          <span>{clock(shape.duration_ms)}</span>
        </div>
      </div>
    </div>
  );
}

/** Measured where the line has word times; otherwise words share its time by their length. */
export function wordTimes(line: TranscriptLine): { word: string; ms: number }[] {
  const words = line.text.split(/(?<=\s)(?=\S)/);
  const measured = line.word_ms;
  if (measured?.length === words.length) return words.map((word, i) => ({ word, ms: measured[i] ?? line.start_ms }));
  const span = line.end_ms - line.start_ms;
  let before = 0;
  return words.map((word) => {
    const ms = line.start_ms + (before / Math.max(1, line.text.length)) * span;
    before += word.length;
    return { word, ms };
  });
}

export function TranscriptView({ lines, player }: { lines: readonly TranscriptLine[]; player: Player }) {
  const t = useT();
  const current = lines.findLastIndex((line) => line.start_ms <= player.ms);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (!player.playing || current < 0) return;
    const line = list.current?.children[current] as HTMLElement | undefined;
    const area = list.current;
    if (line === undefined || area === null) return;
    const [top, bottom] = [line.offsetTop - area.offsetTop, line.offsetTop - area.offsetTop + line.offsetHeight];
    if (top < area.scrollTop || bottom > area.scrollTop + area.clientHeight)
      area.scrollTo({ top: top - 60, behavior: "smooth" });
  }, [current, player.playing]);
  return (
    <ol className="transcript" ref={list} {...reachable} aria-label={t("call.transcript")}>
      {lines.map((line, index) => (
        <li
          key={`${line.start_ms}-${line.speaker}`}
          className={`said said-${line.speaker} ${index === current && player.ms > 0 ? "said-now" : ""}`}
        >
          <button
            type="button"
            className="said-time numbers"
            onClick={() => player.hear(line.start_ms)}
            aria-label={t("call.hear_from", { at: clock(line.start_ms) })}
          >
            {clock(line.start_ms)}
          </button>
          <div className="grow">
            <span className="said-who">{t(line.speaker === "agent" ? "speaker.agent" : "speaker.caller")}</span>
            <p className="said-text">
              {wordTimes(line).map(({ word, ms }) => (
                // A pointer's convenience: the keyboard has the time in front of the line.
                <span
                  key={`${ms}-${word}`}
                  className="word"
                  data-said={player.ms >= ms && index <= current ? "" : undefined}
                  onPointerDown={() => player.hear(ms)}
                >
                  {word}
                </span>
              ))}
              {line.interrupted === true ? <span className="cut">{t("call.interrupted")}</span> : null}
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}
