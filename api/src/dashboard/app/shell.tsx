/** The frame around every page: navigation, who is here, and the call in progress. */
import {
  AudioLines,
  BookOpenText,
  CalendarDays,
  ChartNoAxesColumn,
  CodeXml,
  LayoutDashboard,
  type LucideIcon,
  Menu as MenuIcon,
  Phone,
  PhoneCall,
  Radio,
  Settings,
  ShieldBan,
  Ticket,
  UsersRound,
} from "lucide-react";
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from "react";
import { Link, Redirect, Route, Switch, useLocation } from "wouter";
import { useDial } from "./dial/dial.ts";
import { call } from "./lib/api.ts";
import { type Key, useI18n } from "./lib/i18n.tsx";
import { useLive } from "./lib/live.ts";
import { useDo } from "./lib/query.ts";
import { useCan, useSession } from "./lib/session.tsx";
import { setTheme, type Theme, useTheme } from "./lib/theme.ts";
import { Badge, Button, IconButton, Skeleton } from "./ui/basic.tsx";
import { DropMenu, MenuGroup, MenuItem, MenuLine } from "./ui/overlay.tsx";

const pages = {
  home: lazy(() => import("./pages/home.tsx")),
  live: lazy(() => import("./pages/live.tsx")),
  calls: lazy(() => import("./pages/calls.tsx")),
  call: lazy(() => import("./pages/call.tsx")),
  robocalls: lazy(() => import("./pages/robocalls.tsx")),
  knowledge: lazy(() => import("./pages/knowledge.tsx")),
  calendar: lazy(() => import("./pages/calendar.tsx")),
  tickets: lazy(() => import("./pages/tickets.tsx")),
  contacts: lazy(() => import("./pages/contacts.tsx")),
  contact: lazy(() => import("./pages/contact.tsx")),
  insights: lazy(() => import("./pages/insights.tsx")),
  developers: lazy(() => import("./pages/developers.tsx")),
  settings: lazy(() => import("./pages/settings.tsx")),
};
const DialPanel = lazy(() => import("./dial/panel.tsx"));

interface Place {
  to: string;
  label: Key;
  icon: LucideIcon;
  scope: string;
}

const GROUPS: readonly { label: Key | null; places: readonly Place[] }[] = [
  {
    label: null,
    places: [
      { to: "/", label: "nav.home", icon: LayoutDashboard, scope: "calls:read" },
      { to: "/live", label: "nav.live", icon: Radio, scope: "calls:read" },
      { to: "/calls", label: "nav.calls", icon: PhoneCall, scope: "calls:read" },
      { to: "/robocalls", label: "nav.robocalls", icon: ShieldBan, scope: "calls:read" },
    ],
  },
  {
    label: "nav.front_desk",
    places: [
      { to: "/calendar", label: "nav.calendar", icon: CalendarDays, scope: "calendar:read" },
      { to: "/tickets", label: "nav.tickets", icon: Ticket, scope: "tickets:read" },
      { to: "/contacts", label: "nav.contacts", icon: UsersRound, scope: "crm:read" },
    ],
  },
  {
    label: "nav.her",
    places: [
      { to: "/knowledge", label: "nav.knowledge", icon: BookOpenText, scope: "agent:read" },
      { to: "/insights", label: "nav.insights", icon: ChartNoAxesColumn, scope: "calls:read" },
      { to: "/settings", label: "nav.settings", icon: Settings, scope: "agent:read" },
      { to: "/developers", label: "nav.developers", icon: CodeXml, scope: "webhooks:read" },
    ],
  },
];

function Nav() {
  const { t } = useI18n();
  const can = useCan();
  const [at] = useLocation();
  const running = useLive((live) => live.calls.size);
  const isHere = (to: string) => (to === "/" ? at === "/" || at === "" : at === to || at.startsWith(`${to}/`));
  return GROUPS.map(({ label, places }) => {
    const open = places.filter(({ scope }) => can(scope));
    if (open.length === 0) return null;
    return (
      <div key={label ?? "first"}>
        {label === null ? null : <p className="nav-label">{t(label)}</p>}
        {open.map(({ to, label: name, icon: Icon }) => (
          <Link key={to} href={to} className="nav-link" aria-current={isHere(to) ? "page" : undefined}>
            <Icon size={17} aria-hidden />
            {t(name)}
            {to === "/live" && running > 0 ? (
              <span className="nav-count">
                <Badge tone="good">{running}</Badge>
              </span>
            ) : null}
          </Link>
        ))}
      </div>
    );
  });
}

const THEMES: readonly { theme: Theme; label: Key }[] = [
  { theme: "system", label: "theme.system" },
  { theme: "light", label: "theme.light" },
  { theme: "dark", label: "theme.dark" },
];

function Who({ onSignedOut }: { onSignedOut: () => void }) {
  const { t, locale, setLocale } = useI18n();
  const { who } = useSession();
  const theme = useTheme();
  const signOut = useDo(() => call("DELETE", "/session"), { after: onSignedOut });
  const initials = who.name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? "")
    .join("");
  return (
    <DropMenu
      trigger={
        <button type="button" className="who">
          <span className="avatar" aria-hidden>
            {initials}
          </span>
          <span className="grow">
            <span className="one-line strong small who-name">{who.name}</span>
            <span className="small muted">{t(who.role === null ? "role.key" : `role.${who.role}`)}</span>
          </span>
        </button>
      }
    >
      <MenuGroup label={t("theme.label")}>
        {THEMES.map((one) => (
          <MenuItem key={one.theme} checked={theme === one.theme} onClick={() => setTheme(one.theme)}>
            {t(one.label)}
          </MenuItem>
        ))}
      </MenuGroup>
      <MenuLine />
      <MenuGroup label={t("locale.label")}>
        <MenuItem checked={locale === "en"} onClick={() => setLocale("en")}>
          English
        </MenuItem>
        <MenuItem checked={locale === "hi"} onClick={() => setLocale("hi")}>
          हिन्दी
        </MenuItem>
      </MenuGroup>
      <MenuLine />
      <MenuItem onClick={() => signOut.mutate(undefined)}>{t("action.sign_out")}</MenuItem>
    </DropMenu>
  );
}

function Pages() {
  return (
    <Suspense fallback={<Skeleton rows={6} />}>
      <Switch>
        <Route path="/" component={pages.home} />
        <Route path="/live" component={pages.live} />
        <Route path="/calls" component={pages.calls} />
        <Route path="/calls/:id" component={pages.call} />
        <Route path="/robocalls" component={pages.robocalls} />
        <Route path="/knowledge" component={pages.knowledge} />
        <Route path="/calendar" component={pages.calendar} />
        <Route path="/tickets/:id?" component={pages.tickets} />
        <Route path="/contacts" component={pages.contacts} />
        <Route path="/contacts/:id" component={pages.contact} />
        <Route path="/insights" component={pages.insights} />
        <Route path="/developers/:tab?" component={pages.developers} />
        <Route path="/settings/:tab?" component={pages.settings} />
        <Route>
          <Redirect to="/" />
        </Route>
      </Switch>
    </Suspense>
  );
}

function Brand() {
  const { t } = useI18n();
  const { workspace, livemode } = useSession();
  return (
    <div className="brand">
      <span className="brand-mark">
        <AudioLines size={18} aria-hidden />
      </span>
      <div className="grow">
        <div className="brand-name one-line">{workspace.name}</div>
        <div className="brand-env">{t(livemode ? "env.live" : "env.test")}</div>
      </div>
    </div>
  );
}

export function Shell({ onSignedOut }: { onSignedOut: () => void }): ReactNode {
  const { t } = useI18n();
  const can = useCan();
  const dial = useDial();
  const [open, setOpen] = useState(false);
  const [at] = useLocation();
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    setOpen(false);
    if (at !== "") main.current?.scrollTo(0, 0);
  }, [at]);
  return (
    <div className="shell">
      <a href="#main" className="skip">
        {t("nav.skip")}
      </a>
      <header className="topbar">
        <IconButton icon={MenuIcon} label={t("nav.menu")} aria-expanded={open} onClick={() => setOpen(!open)} />
        <span className="strong grow one-line">{t("app.name")}</span>
        {can("calls:write") ? (
          <Button small kind="primary" icon={Phone} onClick={dial.open}>
            {t("dial.call_her")}
          </Button>
        ) : null}
      </header>
      {open ? (
        <button
          type="button"
          className="backdrop backdrop-button"
          aria-label={t("action.close")}
          onClick={() => setOpen(false)}
        />
      ) : null}
      <aside className={open ? "side side-open" : "side"}>
        <Brand />
        {can("calls:write") ? (
          <Button kind="primary" className="call-her" icon={Phone} onClick={dial.open}>
            {t("dial.call_her")}
          </Button>
        ) : null}
        <nav aria-label={t("nav.label")}>
          <Nav />
        </nav>
        <div className="side-foot">
          <Who onSignedOut={onSignedOut} />
        </div>
      </aside>
      <main className="main" id="main" ref={main} tabIndex={-1}>
        <Pages />
      </main>
      {dial.isOpen ? (
        <Suspense fallback={null}>
          <DialPanel />
        </Suspense>
      ) : null}
    </div>
  );
}
