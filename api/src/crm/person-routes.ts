import { Elysia } from "elysia";
import { z } from "zod";
import { Contact, ContactErased, ContactExport, ContactMerge, ContactUpdate } from "../contract/crm.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { TimelineEntry } from "../contract/timeline.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import { removeDoomedRecordings } from "../voice/retention.ts";
import type { Deps } from "../work.ts";
import { editContact, findContact } from "./contacts.ts";
import { idsOfContact, mergeContacts } from "./merge.ts";
import { eraseContact, exportContact } from "./privacy.ts";
import { listTimeline } from "./timeline.ts";

const params = z.object({ id: id("contact") });

/** What is done to one contact. */
export function personRoutes(deps: Deps) {
  return new Elysia({ prefix: "/crm/v1/contacts/:id" })
    .use(scoped)
    .patch(
      "",
      ({ request, params, body }) =>
        mutate(deps, request, Contact, async (work) => ({
          status: 200,
          body: await editContact(work, params.id, body),
        })),
      {
        ...op("crm:write", "crm", "Change a contact; the differences go on its timeline"),
        params,
        body: ContactUpdate,
        response: { 200: Contact },
      },
    )
    .get(
      "/timeline",
      ({ request, params, query }) =>
        read(deps, request, async (work) => {
          const contact = await findContact(work, params.id);
          return listTimeline(work, await idsOfContact(work, contact.id), query);
        }),
      {
        ...op("crm:read", "crm", "Read what happened to a contact, field by field"),
        params,
        query: PageQuery,
        response: { 200: page(TimelineEntry) },
      },
    )
    .post(
      "/merge",
      ({ request, params, body }) =>
        mutate(deps, request, Contact, async (work) => ({
          status: 200,
          body: await mergeContacts(work, params.id, body.into),
        })),
      {
        ...op("crm:write", "crm", "Merge this contact into another one"),
        params,
        body: ContactMerge,
        response: { 200: Contact },
      },
    )
    .get("/export", ({ request, params }) => read(deps, request, (work) => exportContact(work, params.id)), {
      ...op("privacy:write", "crm", "Export everything kept about a person"),
      params,
      response: { 200: ContactExport },
    })
    .post(
      "/erase",
      async ({ request, params }) => {
        const response = await mutate(deps, request, ContactErased, async (work) => ({
          status: 200,
          body: await eraseContact(work, params.id),
        }));
        await removeDoomedRecordings(deps);
        return response;
      },
      {
        ...op("privacy:write", "crm", "Erase a person: contact data, transcripts, recordings, events"),
        params,
        response: { 200: ContactErased },
      },
    );
}
