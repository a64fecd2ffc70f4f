/** The dashboard: signs in, then shows the pages. */
import "./styles/index.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode, useCallback, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import type { SessionInfo } from "../../contract/dashboard.ts";
import { call, Problem, setCsrfToken, whenSignedOut } from "./lib/api.ts";
import { I18nProvider } from "./lib/i18n.tsx";
import { client } from "./lib/query.ts";
import { SessionProvider } from "./lib/session.tsx";
import { applyTheme } from "./lib/theme.ts";
import { Shell } from "./shell.tsx";
import { SignInPage } from "./signin.tsx";
import { Toasts } from "./ui/toast.tsx";

type State = { is: "asking" } | { is: "out"; reason: string | undefined } | { is: "in"; session: SessionInfo };

function App() {
  const [state, setState] = useState<State>({ is: "asking" });
  const enter = useCallback((session: SessionInfo) => {
    setCsrfToken(session.csrf_token);
    setState({ is: "in", session });
  }, []);
  useEffect(() => {
    whenSignedOut(() => {
      client.clear();
      setState({ is: "out", reason: undefined });
    });
    call<SessionInfo>("GET", "/session").then(enter, (error: unknown) =>
      setState({ is: "out", reason: error instanceof Problem && error.status !== 401 ? error.message : undefined }),
    );
  }, [enter]);
  const leave = () => {
    client.clear();
    setState({ is: "out", reason: undefined });
  };
  if (state.is === "asking") return null;
  if (state.is === "out") return <SignInPage reason={state.reason} onSignedIn={enter} />;
  return (
    <SessionProvider session={state.session}>
      <Router base="/app">
        <Shell onSignedOut={leave} />
      </Router>
    </SessionProvider>
  );
}

if (location.pathname === "/") history.replaceState(null, "", "/app");
applyTheme();
const root = document.getElementById("app");
if (root === null) throw new Error("bug: the page has no place for the app");
createRoot(root).render(
  <StrictMode>
    <I18nProvider>
      <QueryClientProvider client={client}>
        <App />
        <Toasts />
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
