/** What she did in a call besides speaking: each step with what it was told and what came back. */
import { Wrench } from "lucide-react";
import type { CallTools } from "../../../contract/calls.ts";
import type { ToolCall } from "../../../contract/engine.ts";
import { clock, useFormat } from "../lib/format.ts";
import { useT } from "../lib/i18n.tsx";
import { useGet } from "../lib/query.ts";
import { Badge, Card, Empty, nth, Skeleton } from "../ui/basic.tsx";
import type { Player } from "./player.tsx";

const TONE = { done: "good", repeat: "plain", refused: "warn", failed: "bad", timeout: "bad" } as const;

function Step({ step, player }: { step: ToolCall; player: Player }) {
  const t = useT();
  const format = useFormat();
  const told = Object.entries(step.arguments);
  return (
    <li className="tool">
      <button
        type="button"
        className="said-time numbers"
        onClick={() => player.hear(step.at_ms)}
        aria-label={t("call.hear_from", { at: clock(step.at_ms) })}
      >
        {clock(step.at_ms)}
      </button>
      <div className="grow">
        <div className="row wrap">
          <code className="strong">{step.name}</code>
          <Badge tone={TONE[step.status]}>{t(`tool.${step.status}`)}</Badge>
          <span className="muted small numbers">{format.ms(step.duration_ms)}</span>
        </div>
        {told.length === 0 ? null : (
          <div className="tool-told small">
            {told.map(([name, value]) => (
              <span key={name}>
                <span className="muted">{name}</span> {value}
              </span>
            ))}
          </div>
        )}
        <code className="tool-result small muted">{step.result}</code>
      </div>
    </li>
  );
}

export function Tools({ callId, player }: { callId: string; player: Player }) {
  const t = useT();
  const tools = useGet<CallTools>(`/voice/v1/calls/${callId}/tool-calls`);
  return (
    <Card title={t("call.tools")} flush>
      {tools.data === undefined ? (
        <Skeleton />
      ) : tools.data.tool_calls.length === 0 ? (
        <Empty icon={Wrench} title={t("call.no_tools")} />
      ) : (
        <ol className="tools">
          {tools.data.tool_calls.map((step, index) => (
            <Step key={nth(index)} step={step} player={player} />
          ))}
        </ol>
      )}
    </Card>
  );
}
