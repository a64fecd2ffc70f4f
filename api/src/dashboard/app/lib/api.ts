/** The same REST API as everybody else's, with the session's cookie. */
import type { Problem as ProblemBody } from "../../../contract/problem.ts";

/** An answer that says no, or none at all (`status` 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: readonly { pointer: string; message: string }[] = [],
  ) {
    super(detail);
  }
}

let csrfToken = "";
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

let onSignedOut = () => {};
/** Called when the session has ended. */
export function whenSignedOut(run: () => void): void {
  onSignedOut = run;
}

async function refuse(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Partial<ProblemBody>;
  const fields = body.errors?.map(({ pointer, message }) => ({ pointer, message })) ?? [];
  return new Problem(response.status, body.code ?? "error", body.detail ?? `HTTP ${response.status}`, fields);
}

export type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** @throws Problem */
export async function call<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const headers = new Headers();
  if (body !== undefined) headers.set("content-type", "application/json");
  if (method !== "GET") {
    headers.set("x-csrf-token", csrfToken);
    headers.set("idempotency-key", crypto.randomUUID());
  }
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(path, { method, headers, credentials: "same-origin", ...init }).catch(() => {
    throw new Problem(0, "offline", "The server does not answer.");
  });
  if (!response.ok) {
    const problem = await refuse(response);
    if (response.status === 401 && path !== "/session") onSignedOut();
    throw problem;
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}
