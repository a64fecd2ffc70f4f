/** Slots this call has been told about. Only those can be booked, so an invented slot id is refused before it reaches the calendar. */
import type { Slot } from "@sk-voice/api/contract/index.ts";
import { Temporal } from "temporal-polyfill";
import { sayDate, sayTime } from "../speak.ts";
import type { BookingResult } from "../suite.ts";

/** A slot as the model sees it, in the business's own wall clock. */
export interface Opening {
  readonly slot_id: string;
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** `HH:MM` */
  readonly time: string;
  readonly says: string;
}

export class SlotMemory {
  readonly #slots = new Map<string, Slot>();
  /** By slot id: an attempt under way or done is never made twice, whichever turn asks. */
  readonly #bookings = new Map<string, Promise<BookingResult>>();

  remember(slot: Slot, timeZone: string): Opening {
    this.#slots.set(slot.id, slot);
    return opening(slot, timeZone);
  }

  get(slotId: string): Slot | undefined {
    return this.#slots.get(slotId);
  }

  /** The first attempt's result again; a failed attempt may be repeated. */
  book(slotId: string, attempt: () => Promise<BookingResult>): Promise<BookingResult> {
    const before = this.#bookings.get(slotId);
    if (before) return before;
    const booking = attempt().catch((error: unknown) => {
      this.#bookings.delete(slotId);
      throw error;
    });
    this.#bookings.set(slotId, booking);
    return booking;
  }
}

export function opening(slot: Slot, timeZone: string): Opening {
  const local = Temporal.Instant.from(slot.starts_at).toZonedDateTimeISO(timeZone);
  const date = local.toPlainDate().toString();
  const time = local.toPlainTime().toString({ smallestUnit: "minute" });
  return { slot_id: slot.id, date, time, says: `${sayDate(date)} at ${sayTime(time)}` };
}
