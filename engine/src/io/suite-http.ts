/** The suite over HTTP: the same contract served here or at a remote base URL. Every answer is checked against its schema. */
import {
  AgentSettings,
  Appointment,
  type AppointmentCreate,
  CallContext,
  CallSession,
  type CallSessionOpen,
  Contact,
  OwnerChanged,
  OwnerVerified,
  Problem,
  Slot,
  SlotTakenProblem,
} from "@sk-voice/api/contract/index.ts";
import { z } from "zod";
import {
  type BookingResult,
  type RescheduleResult,
  type SlotSearch,
  type Suite,
  SuiteError,
  type SuiteRead,
  type SuiteWrite,
} from "../receptionist/suite.ts";

export interface SuiteHttpOptions {
  /** Without a trailing slash: `http://127.0.0.1:3000`. */
  readonly baseUrl: string;
  readonly key: string;
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** W3C trace context of the call these requests are made for. */
  readonly traceparent?: string;
  /** Of each request. A caller waits on the line for most of them. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 2500;
/** No answer of the suite is this large; a body beyond it is nonsense. */
const MAX_BODY_BYTES = 4_000_000;

const Slots = z.object({ data: z.array(Slot) });
const Contacts = z.object({ data: z.array(Contact) });
const Appointments = z.object({ data: z.array(Appointment) });

interface Request {
  readonly method: "GET" | "POST" | "PATCH";
  readonly path: string;
  readonly body?: unknown;
  readonly options: Partial<SuiteWrite> | undefined;
}

export function createSuiteHttp(options: SuiteHttpOptions): Suite {
  const read = async <S extends z.ZodType>(schema: S, path: string, about?: SuiteRead) =>
    parse(schema, await ask(options, { method: "GET", path, options: about }));
  const write = async <S extends z.ZodType>(
    schema: S,
    method: "POST" | "PATCH",
    path: string,
    body: unknown,
    about: SuiteWrite,
  ) => parse(schema, await ask(options, { method, path, body, options: about }));
  const sessions = "/crm/v1/call-sessions";
  return {
    agent: (about) => read(AgentSettings, "/voice/v1/agent", about),
    openSession: (open: CallSessionOpen, about) => write(CallSession, "POST", sessions, open, about),
    context: (sessionId, about) => read(CallContext, `${sessions}/${encodeURIComponent(sessionId)}/context`, about),
    patchFields: (sessionId, fields, about) =>
      write(CallSession, "PATCH", `${sessions}/${encodeURIComponent(sessionId)}/fields`, { fields }, about),
    slots: async (search, about) => (await read(Slots, `/calendar/v1/slots?${slotQuery(search)}`, about)).data,
    book: (create, about) => book(options, create, about),
    contactByPhone: async (phone, about) => {
      const query = new URLSearchParams({ phone, limit: "1" });
      return (await read(Contacts, `/crm/v1/contacts?${query}`, about)).data[0] ?? null;
    },
    appointments: async (contactId, about) => {
      const query = new URLSearchParams({ contact_id: contactId, limit: "100" });
      return (await read(Appointments, `/calendar/v1/appointments?${query}`, about)).data;
    },
    verifyOwner: (verify, about) => write(OwnerVerified, "POST", "/voice/v1/engine/owner-verifications", verify, about),
    changeByOwner: (change, about) => write(OwnerChanged, "POST", "/voice/v1/engine/owner-changes", change, about),
    reschedule: (appointmentId, slotId, about) => reschedule(options, appointmentId, slotId, about),
    cancel: (appointmentId, reason, about) =>
      write(Appointment, "POST", `${appointmentPath(appointmentId)}/cancel`, { reason }, about),
  };
}

/** One POST of the engine's own, outside any call. @throws SuiteError */
export async function askSuite<S extends z.ZodType>(
  options: SuiteHttpOptions,
  schema: S,
  path: string,
  body: unknown,
  idempotencyKey: string | undefined,
): Promise<z.output<S>> {
  const about = idempotencyKey === undefined ? undefined : { idempotencyKey };
  return parse(schema, await ask(options, { method: "POST", path, body, options: about }));
}

function slotQuery({ serviceId, from, to, limit }: SlotSearch): URLSearchParams {
  return new URLSearchParams({ service_id: serviceId, from, to, limit: String(limit) });
}

function appointmentPath(id: string): string {
  return `/calendar/v1/appointments/${encodeURIComponent(id)}`;
}

/** The appointment, or the next free slot when somebody else has the one wanted. */
async function contend(
  options: SuiteHttpOptions,
  request: Request,
): Promise<{ readonly appointment: Appointment } | { readonly nextSlot: Slot | null }> {
  const { status, body } = await exchange(options, request);
  const lost = status === 409 ? SlotTakenProblem.safeParse(body) : undefined;
  if (lost?.success) return { nextSlot: lost.data.next_slot };
  return { appointment: parse(Appointment, accept(request, status, body)) };
}

async function reschedule(
  options: SuiteHttpOptions,
  appointmentId: string,
  slotId: string,
  about: SuiteWrite,
): Promise<RescheduleResult> {
  const path = `${appointmentPath(appointmentId)}/reschedule`;
  const result = await contend(options, { method: "POST", path, body: { slot_id: slotId }, options: about });
  return "appointment" in result ? { status: "rescheduled", ...result } : { status: "slot-taken", ...result };
}

async function book(options: SuiteHttpOptions, create: AppointmentCreate, about: SuiteWrite): Promise<BookingResult> {
  const request: Request = { method: "POST", path: "/calendar/v1/appointments", body: create, options: about };
  const result = await contend(options, request);
  return "appointment" in result ? { status: "booked", ...result } : { status: "slot-taken", ...result };
}

async function ask(options: SuiteHttpOptions, request: Request): Promise<unknown> {
  const { status, body } = await exchange(options, request);
  return accept(request, status, body);
}

/** @throws SuiteError for every status but 2xx. */
function accept({ method, path }: Request, status: number, body: unknown): unknown {
  if (status >= 200 && status < 300) return body;
  const problem = Problem.safeParse(body);
  const code = problem.success ? problem.data.code : "bad_response";
  const detail = problem.success ? problem.data.detail : "no problem details";
  throw new SuiteError(
    status,
    code,
    `${method} ${pathOnly(path)}: ${status} ${detail}`,
    status === 429 || status >= 500,
  );
}

async function exchange(options: SuiteHttpOptions, request: Request): Promise<{ status: number; body: unknown }> {
  const { method, path, body, options: about } = request;
  const { baseUrl, key, fetch: send = fetch, timeoutMs = TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await send(`${baseUrl}${path}`, {
      method,
      redirect: "error",
      headers: {
        authorization: `Bearer ${key}`,
        accept: "application/json",
        ...(options.traceparent === undefined ? {} : { traceparent: options.traceparent }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(about?.idempotencyKey === undefined ? {} : { "idempotency-key": about.idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: about?.signal ? AbortSignal.any([about.signal, timeout]) : timeout,
    });
    return { status: response.status, body: json(await response.text()) };
  } catch (error) {
    const code = timeout.aborted ? "timeout" : "unreachable";
    const what = timeout.aborted ? `no answer within ${timeoutMs} ms` : "cannot be reached";
    throw new SuiteError(0, code, `${method} ${pathOnly(path)}: the suite ${what}`, true, { cause: error });
  }
}

/** `undefined` for what is not JSON; the schema refuses it then. */
function json(text: string): unknown {
  if (text.length > MAX_BODY_BYTES) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parse<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  const where = first ? `${first.path.join(".")}: ${first.message}` : "";
  throw new SuiteError(0, "bad_response", `the suite's answer does not fit its contract: ${where}`, false);
}

/** Queries hold ids and dates, which do not belong into error messages. */
function pathOnly(path: string): string {
  return path.split("?")[0]!;
}
