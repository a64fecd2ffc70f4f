import { Elysia } from "elysia";
import { z } from "zod";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import {
  Evidence,
  EvidenceCreate,
  TICKET_STATUS,
  Ticket,
  TicketCreate,
  TicketMessage,
  TicketMessageCreate,
  TicketTransition,
} from "../contract/tickets.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { moveTicket } from "./status.ts";
import { addEvidence, addMessage, listEvidence, listMessages } from "./thread.ts";
import { createTicket, getTicket, listTickets } from "./tickets.ts";

const TicketQuery = PageQuery.extend({
  contact_id: id("contact").optional(),
  call_id: id("call").optional(),
  status: z.enum(TICKET_STATUS).optional(),
});
const params = z.object({ id: id("ticket") });

function threadRoutes(deps: Deps) {
  return new Elysia({ prefix: "/tickets/v1/tickets/:id" })
    .use(scoped)
    .post(
      "/transitions",
      ({ request, params, body }) =>
        mutate(deps, request, Ticket, async (work) => ({ status: 200, body: await moveTicket(work, params.id, body) })),
      {
        ...op("tickets:write", "tickets", "Move a ticket to another status"),
        params,
        body: TicketTransition,
        response: { 200: Ticket },
      },
    )
    .get(
      "/messages",
      ({ request, params, query }) => read(deps, request, (work) => listMessages(work, params.id, query)),
      {
        ...op("tickets:read", "tickets", "Read a ticket's thread"),
        params,
        query: PageQuery,
        response: { 200: page(TicketMessage) },
      },
    )
    .post(
      "/messages",
      ({ request, params, body }) =>
        mutate(deps, request, TicketMessage, async (work) => ({
          status: 201,
          body: await addMessage(work, params.id, body),
        })),
      {
        ...op("tickets:write", "tickets", "Add to a ticket's thread"),
        params,
        body: TicketMessageCreate,
        response: { 201: TicketMessage },
      },
    )
    .get("/evidence", ({ request, params }) => read(deps, request, (work) => listEvidence(work, params.id)), {
      ...op("tickets:read", "tickets", "Read a ticket's evidence"),
      params,
      response: { 200: page(Evidence) },
    })
    .post(
      "/evidence",
      ({ request, params, body }) =>
        mutate(deps, request, Evidence, async (work) => ({
          status: 201,
          body: await addEvidence(work, params.id, body),
        })),
      {
        ...op("tickets:write", "tickets", "Link a call, its recording or transcript as evidence"),
        params,
        body: EvidenceCreate,
        response: { 201: Evidence },
      },
    );
}

export function ticketRoutes(deps: Deps) {
  return new Elysia()
    .use(
      new Elysia({ prefix: "/tickets/v1" })
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
          params,
          response: { 200: Ticket },
        }),
    )
    .use(threadRoutes(deps));
}
