/** Short notices at the edge of the screen, read aloud by screen readers. */
import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import { useT } from "../lib/i18n.tsx";

export const notices = Toast.createToastManager();

export function tell(text: string, tone: "good" | "bad" | "plain" = "plain"): void {
  notices.add({
    description: text,
    type: tone,
    timeout: tone === "bad" ? 8000 : 4000,
    priority: tone === "bad" ? "high" : "low",
  });
}

function List() {
  const { toasts } = Toast.useToastManager();
  const t = useT();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      <Toast.Description className="toast-text" />
      <Toast.Close className="icon-button" aria-label={t("action.close")}>
        <X size={14} />
      </Toast.Close>
    </Toast.Root>
  ));
}

export function Toasts() {
  return (
    <Toast.Provider toastManager={notices}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
