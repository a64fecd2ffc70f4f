/** `/session`: sign in, who am I, sign out. Not part of the products' reference: programs use keys. */
import { Elysia } from "elysia";
import { SessionInfo, SignIn } from "../contract/dashboard.ts";
import type { Deps } from "../work.ts";
import { COOKIE, type SessionRing } from "./sessions.ts";

const hidden = { detail: { hide: true } } as const;

export function sessionRoutes({ publicUrl }: Pick<Deps, "publicUrl">, sessions: SessionRing) {
  const secure = publicUrl.startsWith("https:") ? "; Secure" : "";
  const cookie = (value: string, more: string) =>
    `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict${secure}${more}`;
  return new Elysia()
    .post(
      "/session",
      async ({ request, server, body, set }) => {
        const address = server?.requestIP(request)?.address ?? "local";
        const token = await sessions.signIn(body, address);
        set.headers["set-cookie"] = cookie(token, "; Max-Age=604800");
        const signed = new Request(request.url, { headers: { cookie: `${COOKIE}=${token}` } });
        return sessions.describe(signed);
      },
      { ...hidden, body: SignIn, response: { 200: SessionInfo } },
    )
    .get("/session", ({ request }) => sessions.describe(request), { ...hidden, response: { 200: SessionInfo } })
    .delete(
      "/session",
      async ({ request, set }) => {
        await sessions.signOut(request);
        set.headers["set-cookie"] = cookie("", "; Max-Age=0");
        set.status = 204;
      },
      hidden,
    );
}
