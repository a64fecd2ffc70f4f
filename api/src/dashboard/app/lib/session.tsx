import { createContext, type ReactNode, useContext } from "react";
import type { SessionInfo } from "../../../contract/dashboard.ts";

const Session = createContext<SessionInfo | null>(null);

export function SessionProvider({ session, children }: { session: SessionInfo; children: ReactNode }) {
  return <Session.Provider value={session}>{children}</Session.Provider>;
}

export function useSession(): SessionInfo {
  const session = useContext(Session);
  if (session === null) throw new Error("bug: a page outside of a session");
  return session;
}

/** Whether who is here may do something; what they may not is not offered. */
export function useCan(): (scope: string) => boolean {
  const { scopes } = useSession();
  return (scope) => scopes.includes(scope);
}
