/** Every error, whatever threw it, becomes one problem document here. */
import { ValidationError } from "elysia";
import type { Problem } from "./contract/problem.ts";
import { databaseErrorCode } from "./db/database.ts";
import type { Log } from "./log.ts";
import { PROBLEM_CONTENT_TYPE, ProblemError } from "./problem.ts";

type Location = NonNullable<Problem["errors"]>[number]["location"];
const LOCATIONS: Record<string, Location> = { body: "body", query: "query", params: "path", headers: "header" };

/** "x.y.0" of a schema issue → "/x/y/0" (RFC 6901). */
function pointer(path: unknown): string {
  const steps = typeof path === "string" ? path.split(".") : [];
  const parts = steps.filter((step) => step !== "" && step !== "root");
  return parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function validation(error: ValidationError): ProblemError | undefined {
  const location = LOCATIONS[error.type];
  if (location === undefined) return undefined;
  if (location === "body" && error.value === null) {
    const message = "expected a JSON body with `Content-Type: application/json`; none was sent";
    return new ProblemError(422, "validation_failed", message, { errors: [{ location, pointer: "", message }] });
  }
  const errors = error.all.map((issue) => ({ location, pointer: pointer(issue.path), message: issue.message }));
  const first = errors[0];
  const detail =
    first === undefined ? `The ${location} is not valid.` : `${location}${first.pointer}: ${first.message}`;
  return new ProblemError(422, "validation_failed", detail, { errors });
}

/** Codes of a database that is gone for a moment: the connection, or PostgreSQL shutting down or starting. */
const AWAY = /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ENOENT|57P0|08|53300)/;

/** Numbers and times that the validators allow and PostgreSQL's types do not hold: 1e-290 in a `real`. */
const OUT_OF_RANGE = new Set(["22003", "22008"]);

function translate(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof ValidationError) return validation(error);
  // A hook's problem may come wrapped by the router.
  if (error instanceof Error && error.cause instanceof ProblemError) return error.cause;
  const code = databaseErrorCode(error);
  if (code !== undefined && AWAY.test(code)) {
    const detail = "The database is not reachable; repeat the request with the same Idempotency-Key.";
    return new ProblemError(503, "database_unavailable", detail, { headers: { "retry-after": "1" } });
  }
  if (code !== undefined && OUT_OF_RANGE.has(code)) {
    const detail = "A number or time in the request is too large, too small or too fine to be stored.";
    return new ProblemError(422, "value_out_of_range", detail);
  }
  return undefined;
}

/** @param route method and path, for the log */
export function problemResponse(error: unknown, requestId: string, route: string, log: Log): Response {
  const known = translate(error);
  if (known === undefined) {
    // The message may hold values of a row: name and code only.
    const name = error instanceof Error ? error.name : typeof error;
    const stack =
      error instanceof Error
        ? error.stack
            ?.split("\n")
            .filter((line) => line.startsWith("    at "))
            .slice(0, 8)
        : undefined;
    log.error(
      { request: requestId, route, name, code: databaseErrorCode(error), stack },
      "a request failed; this is a bug in the api",
    );
  }
  const problem =
    known ?? new ProblemError(500, "internal_error", "This is our fault; it is logged under the request id.");
  return new Response(JSON.stringify(problem.body(requestId)), {
    status: problem.status,
    headers: { "content-type": PROBLEM_CONTENT_TYPE, "x-request-id": requestId, ...problem.more.headers },
  });
}
