/** The suite in memory: slots from opening hours, one winner for each, everything asked of it written down. */
import type {
  AgentSettings,
  Appointment,
  AppointmentCreate,
  CallContext,
  CallSession,
  CallSessionOpen,
  Contact,
  OwnerChange,
  OwnerChangeCreate,
  OwnerVerified,
  OwnerVerify,
  Slot,
} from "@sk-voice/api/contract/index.ts";
import { localDate, openSpans, toEpochMs } from "../nlu/dates.ts";
import {
  type BookingResult,
  type RescheduleResult,
  type SlotSearch,
  type Suite,
  SuiteError,
  type SuiteWrite,
} from "../suite.ts";
import { fixtureId } from "./workspace.ts";

const STEP_MINUTES = 30;
const DAY_MS = 86_400_000;

type Lost = Extract<BookingResult, { status: "slot-taken" }>;

export class FakeSuite implements Suite {
  /** Method and argument of every request, in order. */
  readonly requests: (readonly [string, unknown])[] = [];
  /** RFC 3339 starts that are not free. */
  readonly taken = new Set<string>();
  readonly booked: AppointmentCreate[] = [];
  readonly fields = new Map<string, string>();
  /** Methods that answer 503. */
  readonly failing = new Set<keyof Suite>();
  /** Runs just before a booking is decided: a rival's chance. */
  beforeBooking: (slot: Slot) => void = () => undefined;
  contact: Contact | null = null;
  /** Known to the CRM, not calling. */
  readonly others: Contact[] = [];
  owner: { readonly phone: string; readonly pin: string } | undefined;
  readonly verifiedCalls = new Set<string>();
  wrongPins = 0;
  readonly changes: OwnerChange[] = [];
  readonly calendar = new Map<string, Appointment>();
  readonly #slots = new Map<string, Slot>();
  readonly #answers = new Map<string, BookingResult>();
  #count = 0;

  constructor(readonly settings: AgentSettings) {}

  async agent(): Promise<AgentSettings> {
    this.#record("agent", null);
    return this.settings;
  }

  async openSession(open: CallSessionOpen): Promise<CallSession> {
    this.#record("openSession", open);
    this.contact ??= open.from === null ? null : contact(open.from);
    return this.#session(open.call_id);
  }

  /** Of the caller's earlier calls. */
  pausesMs: readonly number[] = [];

  async context(sessionId: string): Promise<CallContext> {
    this.#record("context", sessionId);
    return {
      contact: this.contact,
      known: this.contact?.name != null,
      recent_calls: [],
      upcoming_appointments: [],
      pauses_ms: [...this.pausesMs],
    };
  }

  async patchFields(sessionId: string, fields: Readonly<Record<string, string>>): Promise<CallSession> {
    this.#record("patchFields", fields);
    for (const [name, value] of Object.entries(fields)) this.fields.set(name, value);
    if (fields["phone"] !== undefined) this.contact ??= contact(fields["phone"]);
    return this.#session(sessionId);
  }

  async slots(search: SlotSearch): Promise<readonly Slot[]> {
    this.#record("slots", search);
    return [...this.#free(search.serviceId, Date.parse(search.from), Date.parse(search.to), search.limit)];
  }

  async book(create: AppointmentCreate, { idempotencyKey }: SuiteWrite): Promise<BookingResult> {
    this.#record("book", create);
    const before = this.#answers.get(idempotencyKey);
    if (before) return before;
    const slot = this.#slots.get(create.slot_id);
    if (!slot) throw new SuiteError(404, "not_found", "no such slot", false);
    this.beforeBooking(slot);
    const result = this.taken.has(slot.starts_at) ? this.#lost(slot) : this.#won(slot, create);
    this.#answers.set(idempotencyKey, result);
    return result;
  }

  async contactByPhone(phone: string): Promise<Contact | null> {
    this.#record("contactByPhone", phone);
    return [this.contact, ...this.others].find((each) => each?.phone === phone) ?? null;
  }

  async appointments(contactId: string): Promise<readonly Appointment[]> {
    this.#record("appointments", contactId);
    return [...this.calendar.values()].filter(({ contact_id }) => contact_id === contactId);
  }

  async reschedule(appointmentId: string, slotId: string): Promise<RescheduleResult> {
    this.#record("reschedule", { appointmentId, slotId });
    const [slot, appointment] = [this.#slots.get(slotId), this.calendar.get(appointmentId)];
    if (!slot || !appointment) throw new SuiteError(404, "not_found", "no such slot or appointment", false);
    this.beforeBooking(slot);
    if (this.taken.has(slot.starts_at)) return this.#lost(slot);
    this.taken.delete(appointment.starts_at);
    this.taken.add(slot.starts_at);
    const { id, starts_at, ends_at } = slot;
    const moved = { ...appointment, slot_id: id, starts_at, ends_at, status: "rescheduled" as const };
    this.calendar.set(appointmentId, moved);
    return { status: "rescheduled", appointment: moved };
  }

  async cancel(appointmentId: string, reason: string): Promise<Appointment> {
    this.#record("cancel", { appointmentId, reason });
    const appointment = this.calendar.get(appointmentId);
    if (!appointment) throw new SuiteError(404, "not_found", "no such appointment", false);
    this.taken.delete(appointment.starts_at);
    const cancelled = { ...appointment, status: "cancelled" as const };
    this.calendar.set(appointmentId, cancelled);
    return cancelled;
  }

  async verifyOwner({ call_id, phone, pin }: OwnerVerify): Promise<OwnerVerified> {
    this.#record("verifyOwner", phone);
    const right = this.owner !== undefined && this.owner.phone === phone && this.owner.pin === pin;
    if (right) this.verifiedCalls.add(call_id);
    else this.wrongPins++;
    return { verified: right, attempts_left: right ? 3 : Math.max(0, 3 - this.wrongPins) };
  }

  async changeByOwner({ call_id, change }: OwnerChangeCreate): Promise<{ knowledge_version: number }> {
    this.#record("changeByOwner", change);
    if (!this.verifiedCalls.has(call_id)) throw new SuiteError(409, "owner_not_verified", "not verified", false);
    this.changes.push(change);
    return { knowledge_version: this.settings.knowledge_version + this.changes.length };
  }

  /** Something booked before the call, for a contact known by this number. `startsAt` is RFC 3339. */
  had(serviceId: string, startsAt: string, owner: Contact): Appointment {
    const slot = this.#slot(serviceId, new Date(startsAt).toISOString(), Date.parse(startsAt));
    if (owner.id === fixtureId("ctc", 1)) this.contact = owner;
    else this.others.push(owner);
    return this.#hold(slot, { slot_id: slot.id, contact_id: owner.id, service: serviceId });
  }

  #record(method: keyof Suite, argument: unknown): void {
    this.requests.push([method, argument]);
    if (this.failing.has(method)) throw new SuiteError(503, "unavailable", "the suite is down", true);
  }

  #session(callId: string): CallSession {
    return {
      id: fixtureId("ses", 1),
      call_id: callId,
      contact: this.contact,
      known: this.contact?.name != null,
      fields: Object.fromEntries(this.fields),
      status: "open",
    };
  }

  #lost(slot: Slot): Lost {
    const from = Date.parse(slot.starts_at);
    const [nextSlot] = this.#free(slot.service_id, from, from + 14 * DAY_MS, 1);
    return { status: "slot-taken", nextSlot: nextSlot ?? null };
  }

  #won(slot: Slot, create: AppointmentCreate): BookingResult {
    this.booked.push(create);
    return { status: "booked", appointment: this.#hold(slot, create) };
  }

  #hold(slot: Slot, create: AppointmentCreate): Appointment {
    this.taken.add(slot.starts_at);
    const service = this.settings.services.find(({ id }) => id === slot.service_id);
    const appointment: Appointment = {
      id: fixtureId("apt", this.calendar.size + 1),
      slot_id: slot.id,
      contact_id: create.contact_id,
      call_id: create.call_id ?? null,
      service: { id: slot.service_id, name: service?.name ?? "" },
      resource: slot.resource,
      starts_at: slot.starts_at,
      ends_at: slot.ends_at,
      time_zone: this.settings.time_zone,
      status: "booked",
      note: create.note ?? null,
      created_at: slot.starts_at,
    };
    this.calendar.set(appointment.id, appointment);
    return appointment;
  }

  *#free(serviceId: string, fromMs: number, toMs: number, limit: number): Generator<Slot> {
    const { time_zone, hours } = this.settings;
    let found = 0;
    for (let day = fromMs - DAY_MS; day < toMs + DAY_MS; day += DAY_MS) {
      const date = localDate(day, time_zone).toString();
      for (const { fromMinutes, toMinutes } of openSpans(hours, date)) {
        for (let minutes = fromMinutes; minutes + STEP_MINUTES <= toMinutes; minutes += STEP_MINUTES) {
          const startMs = toEpochMs(date, minutes, time_zone);
          const startsAt = new Date(startMs).toISOString();
          if (startMs < fromMs || startMs >= toMs || this.taken.has(startsAt)) continue;
          yield this.#slot(serviceId, startsAt, startMs);
          if (++found >= limit) return;
        }
      }
    }
  }

  #slot(serviceId: string, startsAt: string, startMs: number): Slot {
    const known = [...this.#slots.values()].find(
      (slot) => slot.starts_at === startsAt && slot.service_id === serviceId,
    );
    if (known) return known;
    const ends_at = new Date(startMs + STEP_MINUTES * 60_000).toISOString();
    const slot = {
      id: fixtureId("slt", ++this.#count),
      service_id: serviceId,
      resource: "chair 1",
      starts_at: startsAt,
      ends_at,
    };
    this.#slots.set(slot.id, slot);
    return slot;
  }
}

export function contact(phone: string, name: string | null = null, n = 1): Contact {
  const at = "2026-01-01T00:00:00.000Z";
  return { id: fixtureId("ctc", n), name, phone, email: null, created_at: at, updated_at: at };
}
