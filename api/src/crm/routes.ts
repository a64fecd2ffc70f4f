import { Elysia } from "elysia";
import { z } from "zod";
import { E164 } from "../contract/common.ts";
import {
  CallContext,
  CallSession,
  CallSessionFields,
  CallSessionFinalize,
  CallSessionFinalized,
  CallSessionOpen,
  Contact,
  ContactCreate,
} from "../contract/crm.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { addContact, findContact, listContacts, toContact } from "./contacts.ts";
import { leadRoutes } from "./lead-routes.ts";
import { personRoutes } from "./person-routes.ts";
import { collectFields, finalizeSession, openSession, sessionContext } from "./sessions.ts";

const params = z.object({ id: id("callSession") });

function sessionAndContactRoutes(deps: Deps) {
  return new Elysia({ prefix: "/crm/v1" })
    .use(scoped)
    .post(
      "/call-sessions",
      ({ request, body }) =>
        mutate(deps, request, CallSession, async (work) => {
          const { session, created } = await openSession(work, body);
          return { status: created ? 201 : 200, body: session };
        }),
      {
        ...op("crm:write", "crm", "Open a call session: the caller is matched or new"),
        body: CallSessionOpen,
        response: { 200: CallSession, 201: CallSession },
      },
    )
    .get(
      "/call-sessions/:id/context",
      ({ request, params }) => read(deps, request, (work) => sessionContext(work, params.id)),
      {
        ...op("crm:read", "crm", "Read what is known of the caller"),
        params,
        response: { 200: CallContext },
      },
    )
    .patch(
      "/call-sessions/:id/fields",
      ({ request, params, body }) =>
        mutate(deps, request, CallSession, async (work) => ({
          status: 200,
          body: await collectFields(work, params.id, body.fields),
        })),
      {
        ...op("crm:write", "crm", "Collect fields during the call"),
        params,
        body: CallSessionFields,
        response: { 200: CallSession },
      },
    )
    .post(
      "/call-sessions/:id/finalize",
      ({ request, params, body }) =>
        mutate(deps, request, CallSessionFinalized, async (work) => ({
          status: 200,
          body: await finalizeSession(work, params.id, body),
        })),
      {
        ...op("crm:write", "crm", "Finalize, atomic: lead, interests, call, appointment"),
        params,
        body: CallSessionFinalize,
        response: { 200: CallSessionFinalized },
      },
    )
    .get("/contacts", ({ request, query }) => read(deps, request, (work) => listContacts(work, query)), {
      ...op("crm:read", "crm", "List contacts"),
      query: PageQuery.extend({ phone: E164.optional(), q: z.string().min(1).max(100).optional() }),
      response: { 200: page(Contact) },
    })
    .post(
      "/contacts",
      ({ request, body }) =>
        mutate(deps, request, Contact, async (work) => ({ status: 201, body: await addContact(work, body) })),
      { ...op("crm:write", "crm", "Add a contact"), body: ContactCreate, response: { 201: Contact } },
    )
    .get(
      "/contacts/:id",
      ({ request, params }) => read(deps, request, async (work) => toContact(await findContact(work, params.id))),
      {
        ...op("crm:read", "crm", "Get a contact"),
        params: z.object({ id: id("contact") }),
        response: { 200: Contact },
      },
    );
}

export function crmRoutes(deps: Deps) {
  return new Elysia().use(sessionAndContactRoutes(deps)).use(personRoutes(deps)).use(leadRoutes(deps));
}
