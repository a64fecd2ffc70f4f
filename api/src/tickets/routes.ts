import { Elysia } from "elysia";
import { z } from "zod";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { Ticket, TicketCreate } from "../contract/tickets.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { createTicket, getTicket, listTickets } from "./tickets.ts";

const TicketQuery = PageQuery.extend({ contact_id: id("contact").optional(), call_id: id("call").optional() });

export function ticketRoutes(deps: Deps) {
  return new Elysia({ prefix: "/tickets/v1" })
    .use(scoped)
    .post(
      "/tickets",
      ({ request, body }) =>
        mutate(deps, request, Ticket, async (work) => ({ status: 201, body: await createTicket(work, body) })),
      { ...op("tickets:write", "tickets", "Open a ticket"), body: TicketCreate, response: { 201: Ticket } },
    )
    .get("/tickets", ({ request, query }) => read(deps, request, (work) => listTickets(work, query)), {
      ...op("tickets:read", "tickets", "List tickets"),
      query: TicketQuery,
      response: { 200: page(Ticket) },
    })
    .get("/tickets/:id", ({ request, params }) => read(deps, request, (work) => getTicket(work, params.id)), {
      ...op("tickets:read", "tickets", "Get a ticket"),
      params: z.object({ id: id("ticket") }),
      response: { 200: Ticket },
    });
}
