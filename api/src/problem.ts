/** Errors that are answers: RFC 9457 problems, translated to HTTP once, in `app.ts`. */
import type { Problem } from "./contract/problem.ts";

export const PROBLEM_TYPE_BASE = "https://docs.softknack.com/errors/";

const TITLES: Record<number, string> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  413: "Body too large",
  415: "Unsupported media type",
  416: "Range not satisfiable",
  422: "Invalid input",
  429: "Too many requests",
  500: "Internal error",
  502: "Remote product refuses",
  503: "Temporarily unavailable",
};

type Errors = NonNullable<Problem["errors"]>;

/** Throw it anywhere below a route. `extra` becomes further members, e.g. `next_slot`. */
export class ProblemError extends Error {
  override name = "ProblemError";

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly more: { errors?: Errors; extra?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail);
  }

  body(requestId: string): Problem {
    return {
      type: `${PROBLEM_TYPE_BASE}${this.code}`,
      title: TITLES[this.status] ?? "Error",
      status: this.status,
      detail: this.message,
      code: this.code,
      request_id: requestId,
      ...(this.more.errors === undefined ? {} : { errors: this.more.errors }),
      ...this.more.extra,
    };
  }
}

/** Input that has the right shape and still cannot be: 422 naming the field. */
export function invalid(pointer: string, message: string, location: Errors[number]["location"] = "body"): ProblemError {
  return new ProblemError(422, "validation_failed", message, { errors: [{ location, pointer, message }] });
}

/** Also for what belongs to another workspace: nobody learns that it exists. */
export function notFound(what: string): ProblemError {
  return new ProblemError(404, "not_found", `There is no such ${what} in this workspace and environment.`);
}

export const PROBLEM_CONTENT_TYPE = "application/problem+json";
