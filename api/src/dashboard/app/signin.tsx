import { AudioLines } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { SessionInfo } from "../../contract/dashboard.ts";
import { call } from "./lib/api.ts";
import { useI18n } from "./lib/i18n.tsx";
import { useDo } from "./lib/query.ts";
import { Button, Field } from "./ui/basic.tsx";
import { TabSet } from "./ui/overlay.tsx";

type Input = { key: string } | { login: string; password: string };

function useSignIn(onSignedIn: (session: SessionInfo) => void) {
  return useDo((input: Input) => call<SessionInfo>("POST", "/session", input), { after: onSignedIn, quiet: true });
}

function PasswordForm({ onSignedIn }: { onSignedIn: (session: SessionInfo) => void }) {
  const { t } = useI18n();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useSignIn(onSignedIn);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ login, password });
  };
  return (
    <form className="fields" onSubmit={submit}>
      <Field label={t("signin.login")}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            autoComplete="username"
            required
            value={login}
            onChange={(e) => setLogin(e.target.value)}
          />
        )}
      </Field>
      <Field label={t("signin.password")} error={signIn.error?.message}>
        {(ids) => (
          <input
            {...ids}
            className="input"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
        )}
      </Field>
      <Button kind="primary" type="submit" busy={signIn.isPending}>
        {t("signin.submit")}
      </Button>
    </form>
  );
}

function KeyForm({ onSignedIn }: { onSignedIn: (session: SessionInfo) => void }) {
  const { t } = useI18n();
  const [key, setKey] = useState("");
  const signIn = useSignIn(onSignedIn);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ key });
  };
  return (
    <form className="fields" onSubmit={submit}>
      <Field label={t("signin.key")} hint={t("signin.key_hint")} error={signIn.error?.message}>
        {(ids) => (
          <input
            {...ids}
            className="input mono"
            type="password"
            autoComplete="off"
            placeholder="sk_test_…"
            required
            value={key}
            onChange={(e) => setKey(e.target.value)}
          />
        )}
      </Field>
      <Button kind="primary" type="submit" busy={signIn.isPending}>
        {t("signin.submit")}
      </Button>
    </form>
  );
}

export function SignInPage({
  reason,
  onSignedIn,
}: {
  reason: string | undefined;
  onSignedIn: (session: SessionInfo) => void;
}) {
  const { t, locale, setLocale } = useI18n();
  const [tab, setTab] = useState(() => localStorage.getItem("sk-signin") ?? "key");
  const choose = (next: string) => {
    localStorage.setItem("sk-signin", next);
    setTab(next);
  };
  return (
    <main className="signin">
      <div className="signin-box">
        <span className="brand-mark">
          <AudioLines size={18} aria-hidden />
        </span>
        <h1>{t("signin.title")}</h1>
        <p className="hint">{reason ?? t("signin.hint")}</p>
        <TabSet
          value={tab}
          onChange={choose}
          tabs={[
            { id: "key", label: t("signin.with_key"), body: () => <KeyForm onSignedIn={onSignedIn} /> },
            { id: "password", label: t("signin.with_password"), body: () => <PasswordForm onSignedIn={onSignedIn} /> },
          ]}
        />
        <p className="signin-foot">
          <button
            type="button"
            className="line-button small"
            lang={locale === "en" ? "hi" : "en"}
            onClick={() => setLocale(locale === "en" ? "hi" : "en")}
          >
            {locale === "en" ? "हिन्दी में" : "In English"}
          </button>
        </p>
      </div>
    </main>
  );
}
