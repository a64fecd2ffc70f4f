import { Elysia } from "elysia";
import { z } from "zod";
import {
  APPOINTMENT_STATUS,
  Appointment,
  AppointmentCancel,
  AppointmentCreate,
  AppointmentReschedule,
  Slot,
  SlotQuery,
  SlotTakenProblem,
} from "../contract/calendar.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { invalid } from "../problem.ts";
import { op, scoped } from "../route.ts";
import type { Deps, Work } from "../work.ts";
import {
  book,
  cancel,
  complete,
  getAppointment,
  listAppointments,
  noShow,
  reminderSent,
  reschedule,
} from "./appointments.ts";
import { resourceRoutes } from "./resource-routes.ts";
import { findService, freeSlots, HORIZON_MS } from "./slots.ts";

const AppointmentQuery = PageQuery.extend({
  contact_id: id("contact").optional(),
  call_id: id("call").optional(),
  status: z.enum(APPOINTMENT_STATUS).optional(),
});
const params = z.object({ id: id("appointment") });

async function slots(work: Work, query: z.output<typeof SlotQuery>) {
  const range = { fromMs: Date.parse(query.from), toMs: Date.parse(query.to) };
  if (range.toMs <= range.fromMs) throw invalid("/to", "must be after `from`", "query");
  if (range.toMs - range.fromMs > HORIZON_MS) throw invalid("/to", "must be within 62 days of `from`", "query");
  const service = await findService(work, query.service_id, "/service_id", "query");
  const { limit, resource } = query;
  return { data: await freeSlots(work, service, range, limit, { resource }), next_cursor: null };
}

/** What happens to an appointment after it was booked. */
function appointmentSteps(deps: Deps) {
  const step = (request: Request, run: (work: Work) => Promise<Appointment>) =>
    mutate(deps, request, Appointment, async (work) => ({ status: 200, body: await run(work) }));
  return new Elysia({ prefix: "/calendar/v1/appointments/:id" })
    .use(scoped)
    .post(
      "/reschedule",
      ({ request, params, body }) => step(request, (work) => reschedule(work, params.id, body.slot_id)),
      {
        ...op("calendar:write", "calendar", "Move an appointment to another slot: one winner"),
        params,
        body: AppointmentReschedule,
        response: { 200: Appointment, 409: SlotTakenProblem },
      },
    )
    .post(
      "/cancel",
      ({ request, params, body }) => step(request, (work) => cancel(work, params.id, body.reason ?? null)),
      {
        ...op("calendar:write", "calendar", "Cancel an appointment; its time is free again"),
        params,
        body: AppointmentCancel,
        response: { 200: Appointment },
      },
    )
    .post("/no-show", ({ request, params }) => step(request, (work) => noShow(work, params.id)), {
      ...op("calendar:write", "calendar", "Nobody came"),
      params,
      response: { 200: Appointment },
    })
    .post("/complete", ({ request, params }) => step(request, (work) => complete(work, params.id)), {
      ...op("calendar:write", "calendar", "The appointment took place"),
      params,
      response: { 200: Appointment },
    })
    .post("/reminder-sent", ({ request, params }) => step(request, (work) => reminderSent(work, params.id)), {
      ...op("calendar:write", "calendar", "Record that a reminder was sent"),
      params,
      response: { 200: Appointment },
    });
}

export function calendarRoutes(deps: Deps) {
  return new Elysia()
    .use(
      new Elysia({ prefix: "/calendar/v1" })
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
        .get(
          "/appointments/:id",
          ({ request, params }) => read(deps, request, (work) => getAppointment(work, params.id)),
          { ...op("calendar:read", "calendar", "Get an appointment"), params, response: { 200: Appointment } },
        ),
    )
    .use(appointmentSteps(deps))
    .use(resourceRoutes(deps));
}
