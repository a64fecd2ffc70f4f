import type { Delivery } from "../../../contract/webhooks.ts";
import { useT } from "../lib/i18n.tsx";
import { Badge } from "./basic.tsx";

const TONES = { pending: "warn", succeeded: "good", dead: "bad", cancelled: "plain" } as const;

/** How a delivery stands; a pending one that was tried is being retried. */
export function DeliveryBadge({
  status,
  attempts,
  response_status: code,
}: Pick<Delivery, "status" | "attempts" | "response_status">) {
  const t = useT();
  const word = status === "pending" && attempts > 0 ? t("delivery.retrying") : t(`delivery.${status}`);
  return (
    <Badge tone={TONES[status]} dot>
      {word}
      {code === null ? "" : ` · ${code}`}
    </Badge>
  );
}
