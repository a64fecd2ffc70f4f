/** What lies over the page: dialogs, menus, tabs and switches of the component library, dressed. */
import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog } from "@base-ui/react/dialog";
import { Menu } from "@base-ui/react/menu";
import { Switch } from "@base-ui/react/switch";
import { Tabs } from "@base-ui/react/tabs";
import { Check, Copy, X } from "lucide-react";
import { type ReactElement, type ReactNode, useEffect, useId, useState } from "react";
import { useT } from "../lib/i18n.tsx";
import { Button, IconButton } from "./basic.tsx";

export function Modal({
  open,
  onClose,
  title,
  children,
  footer,
  wide = false,
  side = false,
}: {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  /** A panel at the edge, for looking at one thing of a list. */
  side?: boolean;
}) {
  const t = useT();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className={side ? "sheet" : `modal ${wide ? "modal-wide" : ""}`}>
          <header className="modal-head">
            <Dialog.Title className="modal-title">{title}</Dialog.Title>
            <Dialog.Close render={<IconButton icon={X} label={t("action.close")} />} />
          </header>
          <div className="modal-body">{children}</div>
          {footer === undefined ? null : <footer className="modal-foot">{footer}</footer>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Asks before something that cannot be undone. */
export function Confirm({
  trigger,
  title,
  text,
  action,
  onConfirm,
}: {
  trigger: ReactElement;
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
}) {
  const t = useT();
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger render={trigger} />
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="modal">
          <header className="modal-head">
            <AlertDialog.Title className="modal-title">{title}</AlertDialog.Title>
          </header>
          <AlertDialog.Description className="modal-body">{text}</AlertDialog.Description>
          <footer className="modal-foot">
            <AlertDialog.Close render={<Button>{t("action.cancel")}</Button>} />
            <AlertDialog.Close render={<Button kind="danger" onClick={onConfirm} />}>{action}</AlertDialog.Close>
          </footer>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

export function DropMenu({ trigger, children }: { trigger: ReactElement; children: ReactNode }) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end" className="menu-place">
          <Menu.Popup className="menu">{children}</Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

export function MenuItem({
  children,
  onClick,
  checked,
}: {
  children: ReactNode;
  onClick: () => void;
  checked?: boolean;
}) {
  return (
    <Menu.Item className="menu-item" onClick={onClick}>
      <span className="menu-check">{checked === true ? <Check size={14} aria-hidden /> : null}</span>
      {children}
    </Menu.Item>
  );
}

export const MenuLine = () => <Menu.Separator className="menu-line" />;
export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Menu.Group>
      <Menu.GroupLabel className="menu-label">{label}</Menu.GroupLabel>
      {children}
    </Menu.Group>
  );
}

export function TabSet({
  value,
  onChange,
  tabs,
}: {
  value: string;
  onChange: (value: string) => void;
  tabs: readonly { id: string; label: string; body: () => ReactNode }[];
}) {
  return (
    <Tabs.Root value={value} onValueChange={(next) => onChange(String(next))}>
      <Tabs.List className="tabs">
        {tabs.map((tab) => (
          <Tabs.Tab key={tab.id} value={tab.id} className="tab">
            {tab.label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map((tab) => (
        <Tabs.Panel key={tab.id} value={tab.id} className="tab-panel">
          {tab.body()}
        </Tabs.Panel>
      ))}
    </Tabs.Root>
  );
}

export function Toggle({
  label,
  hint,
  checked,
  onChange,
  disabled,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="toggle">
      <label htmlFor={id}>
        {label}
        {hint === undefined ? null : <span className="field-hint">{hint}</span>}
      </label>
      <Switch.Root id={id} className="switch" checked={checked} onCheckedChange={onChange} disabled={disabled ?? false}>
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </div>
  );
}

/** Text to take along, with a button that copies it. */
export function Copyable({ text, label, block = false }: { text: string; label?: string; block?: boolean }) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true));
  return (
    <div className={block ? "copy copy-block" : "copy"}>
      {block ? <pre>{label ?? text}</pre> : <code>{label ?? text}</code>}
      <IconButton icon={copied ? Check : Copy} label={copied ? t("action.copied") : t("action.copy")} onClick={copy} />
    </div>
  );
}
