/** Appointments this call may touch: those found under the caller's own contact, or under a name and number that both fit. */
import type { Appointment } from "@sk-voice/api/contract/index.ts";
import { Temporal } from "temporal-polyfill";
import { sayDate, sayTime } from "../speak.ts";

/** An appointment as the model sees it, in the business's own wall clock. */
export interface Held {
  readonly appointment_id: string;
  readonly service: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM` */
  readonly time: string;
  readonly says: string;
}

export class AppointmentMemory {
  readonly #appointments = new Map<string, Appointment>();

  remember(appointment: Appointment): Held {
    this.#appointments.set(appointment.id, appointment);
    return held(appointment);
  }

  get(appointmentId: string): Appointment | undefined {
    return this.#appointments.get(appointmentId);
  }

  /** Cancelled: it cannot be touched again. */
  forget(appointmentId: string): void {
    this.#appointments.delete(appointmentId);
  }
}

export function held(appointment: Appointment): Held {
  const local = Temporal.Instant.from(appointment.starts_at).toZonedDateTimeISO(appointment.time_zone);
  const date = local.toPlainDate().toString();
  const time = local.toPlainTime().toString({ smallestUnit: "minute" });
  return {
    appointment_id: appointment.id,
    service: appointment.service.name,
    date,
    time,
    says: `${sayDate(date)} at ${sayTime(time)}`,
  };
}
