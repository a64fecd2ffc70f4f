/** Part of the settings while it is being edited: saved as a whole, or thrown away. */
import { type ReactNode, useState } from "react";
import type { Agent, AgentUpdate } from "../../../contract/agent.ts";
import { call as ask, type Problem } from "../lib/api.ts";
import { useT } from "../lib/i18n.tsx";
import { useDo } from "../lib/query.ts";
import { useCan } from "../lib/session.tsx";
import { Button, Card } from "../ui/basic.tsx";

export interface Draft<T> {
  value: T;
  set(change: Partial<T>): void;
  wrong(pointer: string): string | undefined;
}

interface DraftCardProps<T> {
  title: string;
  hint?: string;
  initial: T;
  toUpdate: (value: T) => AgentUpdate;
  children: (draft: Draft<T>) => ReactNode;
}

export function DraftCard<T extends object>({ title, hint, initial, toUpdate, children }: DraftCardProps<T>) {
  const t = useT();
  const can = useCan();
  const [change, setChange] = useState<Partial<T>>({});
  const value = { ...initial, ...change };
  const dirty = JSON.stringify(value) !== JSON.stringify(initial);
  const save = useDo<T, Agent>((next) => ask("PATCH", "/voice/v1/agent", { ...toUpdate(next), via: "dashboard" }), {
    touches: ["/voice/v1/agent", "/voice/v1/numbers", "/calendar/"],
    done: t("action.saved"),
    after: () => setChange({}),
    quiet: true,
  });
  const wrong = (pointer: string) =>
    (save.error as Problem | null)?.fields.find((field) => field.pointer.startsWith(pointer))?.message;
  return (
    <Card title={title}>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(value);
        }}
      >
        {hint === undefined ? null : <p className="small muted">{hint}</p>}
        <fieldset className="bare" disabled={!can("agent:write")}>
          <div className="fields">{children({ value, set: (more) => setChange({ ...change, ...more }), wrong })}</div>
        </fieldset>
        {save.error === null ? null : <p className="field-error">{save.error.message}</p>}
        {dirty ? (
          <div className="row save-bar">
            <span className="grow small muted">{t("state.unsaved")}</span>
            <Button small onClick={() => setChange({})}>
              {t("action.discard")}
            </Button>
            <Button small kind="primary" type="submit" busy={save.isPending}>
              {t("action.save")}
            </Button>
          </div>
        ) : null}
      </form>
    </Card>
  );
}
