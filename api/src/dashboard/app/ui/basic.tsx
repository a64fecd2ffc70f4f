/** The small pieces every page is made of. */
import type { LucideIcon } from "lucide-react";
import { type ButtonHTMLAttributes, type ReactNode, useId } from "react";
import { Link } from "wouter";

/** What scrolls must be reachable by the keyboard, or nobody scrolls it without a pointer. */
export const reachable = { tabIndex: 0 } as const;

/** A key for lines whose place is all the identity they have. */
export const nth = (index: number) => `nth-${index}`;

type Tone = "plain" | "good" | "warn" | "bad" | "accent" | "info";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "primary" | "plain" | "quiet" | "danger";
  small?: boolean;
  icon?: LucideIcon;
  busy?: boolean;
}

export function Button({
  kind = "plain",
  small = false,
  icon: Icon,
  busy = false,
  children,
  className,
  ...rest
}: ButtonProps) {
  const names = ["button", `button-${kind}`, small ? "button-small" : "", className ?? ""].filter(Boolean).join(" ");
  return (
    <button type="button" {...rest} className={names} disabled={busy || rest.disabled} aria-busy={busy || undefined}>
      {Icon === undefined ? null : <Icon size={small ? 14 : 16} aria-hidden />}
      {children}
    </button>
  );
}

export function IconButton({
  icon: Icon,
  label,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { icon: LucideIcon; label: string }) {
  return (
    <button type="button" {...rest} className={`icon-button ${rest.className ?? ""}`} aria-label={label} title={label}>
      <Icon size={16} aria-hidden />
    </button>
  );
}

export function Badge({ tone = "plain", children, dot = false }: { tone?: Tone; children: ReactNode; dot?: boolean }) {
  return (
    <span className={`badge badge-${tone}`}>
      {dot ? <span className="badge-dot" aria-hidden /> : null}
      {children}
    </span>
  );
}

export function Card({
  title,
  actions,
  children,
  className,
  flush = false,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  flush?: boolean;
}) {
  return (
    <section className={`card ${className ?? ""}`}>
      {title === undefined ? null : (
        <header className="card-head">
          <h2>{title}</h2>
          {actions === undefined ? null : <div className="row">{actions}</div>}
        </header>
      )}
      <div className={flush ? "card-flush" : "card-body"}>{children}</div>
    </section>
  );
}

export function PageHead({
  title,
  hint,
  actions,
  back,
}: {
  title: ReactNode;
  hint?: ReactNode;
  actions?: ReactNode;
  back?: { to: string; label: string };
}) {
  return (
    <header className="page-head">
      <div>
        {back === undefined ? null : (
          <Link href={back.to} className="back">
            ← {back.label}
          </Link>
        )}
        <h1>{title}</h1>
        {hint === undefined ? null : <p className="hint">{hint}</p>}
      </div>
      {actions === undefined ? null : <div className="row wrap">{actions}</div>}
    </header>
  );
}

/** What stands where nothing is yet: why, and what to do. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <span className="empty-icon" aria-hidden>
        <Icon size={22} />
      </span>
      <p className="empty-title">{title}</p>
      {children === undefined ? null : <div className="empty-text">{children}</div>}
      {action}
    </div>
  );
}

export function Skeleton({ rows = 3 }: { rows?: number }) {
  return (
    <div className="skeleton" aria-hidden>
      {Array.from({ length: rows }, (_, index) => (
        <div key={nth(index)} className="skeleton-row" />
      ))}
    </div>
  );
}

/** Label, control and what is wrong with it. `render` gets the ids to put on the control. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  children: (ids: {
    id: string;
    "aria-describedby": string | undefined;
    "aria-invalid": boolean | undefined;
  }) => ReactNode;
}) {
  const id = useId();
  const more = `${id}-more`;
  const described = hint === undefined && error === undefined ? undefined : more;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": described, "aria-invalid": error === undefined ? undefined : true })}
      {described === undefined ? null : (
        <p id={more} className={error === undefined ? "field-hint" : "field-error"}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}

export function Figure({
  label,
  value,
  hint,
  tone,
}: {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
  tone?: Tone;
}) {
  return (
    <div className="figure">
      <span className="figure-label">{label}</span>
      <span className={`figure-value ${tone === undefined ? "" : `tone-${tone}`}`}>{value}</span>
      {hint === undefined ? null : <span className="figure-hint">{hint}</span>}
    </div>
  );
}

/** Names and values, one a line. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
