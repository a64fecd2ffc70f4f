/**
 * What she asks of the suite (CRM, Calendar, Voice) while a caller waits. `io/suite-http.ts` speaks it over HTTP,
 * `sim/fake-suite.ts` in memory. Shapes are the api's own contract.
 */
import type {
  AgentSettings,
  Appointment,
  AppointmentCreate,
  CallContext,
  CallSession,
  CallSessionOpen,
  Contact,
  OwnerChangeCreate,
  OwnerVerified,
  OwnerVerify,
  Slot,
} from "@sk-voice/api/contract/index.ts";

export interface SuiteRead {
  /** Gives up early when aborted; every request has its own time limit besides. */
  readonly signal?: AbortSignal;
}

export interface SuiteWrite extends SuiteRead {
  /** Same key and same body: the first answer again. At most 200 characters. */
  readonly idempotencyKey: string;
}

export interface SlotSearch {
  readonly serviceId: string;
  /** RFC 3339. */
  readonly from: string;
  readonly to: string;
  /** 1 to 100. */
  readonly limit: number;
}

/** Losing a slot to somebody else is an answer, not a failure. */
export type BookingResult =
  | { readonly status: "booked"; readonly appointment: Appointment }
  | { readonly status: "slot-taken"; readonly nextSlot: Slot | null };

/** Moving an appointment competes for the slot like booking one. */
export type RescheduleResult =
  | { readonly status: "rescheduled"; readonly appointment: Appointment }
  | { readonly status: "slot-taken"; readonly nextSlot: Slot | null };

/** Every method rejects with `SuiteError` and nothing else. */
export interface Suite {
  agent(read?: SuiteRead): Promise<AgentSettings>;
  openSession(open: CallSessionOpen, write: SuiteWrite): Promise<CallSession>;
  context(sessionId: string, read?: SuiteRead): Promise<CallContext>;
  /** `name`, `phone` and `email` update the contact; a phone makes one for a caller whose number was withheld. */
  patchFields(sessionId: string, fields: Readonly<Record<string, string>>, write: SuiteWrite): Promise<CallSession>;
  slots(search: SlotSearch, read?: SuiteRead): Promise<readonly Slot[]>;
  book(create: AppointmentCreate, write: SuiteWrite): Promise<BookingResult>;
  /** `phone` in E.164; `null` when nobody has that number. */
  contactByPhone(phone: string, read?: SuiteRead): Promise<Contact | null>;
  /** Newest first, past and cancelled ones included; at most 100. */
  appointments(contactId: string, read?: SuiteRead): Promise<readonly Appointment[]>;
  reschedule(appointmentId: string, slotId: string, write: SuiteWrite): Promise<RescheduleResult>;
  verifyOwner(verify: OwnerVerify, write: SuiteWrite): Promise<OwnerVerified>;
  changeByOwner(change: OwnerChangeCreate, write: SuiteWrite): Promise<{ readonly knowledge_version: number }>;
  cancel(appointmentId: string, reason: string, write: SuiteWrite): Promise<Appointment>;
}

/** The suite did not do what was asked. `status` 0: no answer came at all (network, time limit, nonsense in the body). */
export class SuiteError extends Error {
  override readonly name = "SuiteError";
  constructor(
    readonly status: number,
    /** The problem's `code`, or `timeout`, `unreachable`, `bad_response`. */
    readonly code: string,
    message: string,
    /** Asking again may help: no answer, 429 or 5xx. */
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
