import { Elysia } from "elysia";
import { z } from "zod";
import { Appointment, AppointmentCreate, Slot, SlotQuery, SlotTakenProblem } from "../contract/calendar.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { invalid } from "../problem.ts";
import { op, scoped } from "../route.ts";
import type { Deps, Work } from "../work.ts";
import { book, getAppointment, listAppointments } from "./appointments.ts";
import { findService, freeSlots, HORIZON_MS } from "./slots.ts";

const AppointmentQuery = PageQuery.extend({ contact_id: id("contact").optional(), call_id: id("call").optional() });

async function slots(work: Work, query: z.output<typeof SlotQuery>) {
  const range = { fromMs: Date.parse(query.from), toMs: Date.parse(query.to) };
  if (range.toMs <= range.fromMs) throw invalid("/to", "must be after `from`", "query");
  if (range.toMs - range.fromMs > HORIZON_MS) throw invalid("/to", "must be within 62 days of `from`", "query");
  const service = await findService(work, query.service_id, "/service_id", "query");
  return { data: await freeSlots(work, service, range, query.limit), next_cursor: null };
}

export function calendarRoutes(deps: Deps) {
  return new Elysia({ prefix: "/calendar/v1" })
    .use(scoped)
    .get("/slots", ({ request, query }) => read(deps, request, (work) => slots(work, query)), {
      ...op("calendar:read", "calendar", "Read free slots of a service; continue with `from` after the last start"),
      query: SlotQuery,
      response: { 200: page(Slot) },
    })
    .post(
      "/appointments",
      ({ request, body }) =>
        mutate(deps, request, Appointment, async (work) => ({ status: 201, body: await book(work, body) })),
      {
        ...op("calendar:write", "calendar", "Book a slot: one winner, the loser is told the next opening"),
        body: AppointmentCreate,
        response: { 201: Appointment, 409: SlotTakenProblem },
      },
    )
    .get("/appointments", ({ request, query }) => read(deps, request, (work) => listAppointments(work, query)), {
      ...op("calendar:read", "calendar", "List appointments"),
      query: AppointmentQuery,
      response: { 200: page(Appointment) },
    })
    .get("/appointments/:id", ({ request, params }) => read(deps, request, (work) => getAppointment(work, params.id)), {
      ...op("calendar:read", "calendar", "Get an appointment"),
      params: z.object({ id: id("appointment") }),
      response: { 200: Appointment },
    });
}
