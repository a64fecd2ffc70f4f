import { Elysia } from "elysia";
import { z } from "zod";
import { LEAD_STAGES, Lead, LeadCreate, LeadCreated, LeadUpdate } from "../contract/crm.ts";
import { id } from "../contract/ids.ts";
import { PageQuery, page } from "../contract/page.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { createLead, getLead, listLeads, moveLead } from "./leads.ts";

const params = z.object({ id: id("lead") });
const LeadQuery = PageQuery.extend({ contact_id: id("contact").optional(), stage: z.enum(LEAD_STAGES).optional() });

export function leadRoutes(deps: Deps) {
  return new Elysia({ prefix: "/crm/v1" })
    .use(scoped)
    .post(
      "/leads",
      ({ request, body }) =>
        mutate(deps, request, LeadCreated, async (work) => ({ status: 201, body: await createLead(work, body) })),
      { ...op("crm:write", "crm", "Create a lead"), body: LeadCreate, response: { 201: LeadCreated } },
    )
    .get("/leads", ({ request, query }) => read(deps, request, (work) => listLeads(work, query)), {
      ...op("crm:read", "crm", "List leads"),
      query: LeadQuery,
      response: { 200: page(Lead) },
    })
    .get("/leads/:id", ({ request, params }) => read(deps, request, (work) => getLead(work, params.id)), {
      ...op("crm:read", "crm", "Get a lead"),
      params,
      response: { 200: Lead },
    })
    .patch(
      "/leads/:id",
      ({ request, params, body }) =>
        mutate(deps, request, Lead, async (work) => ({
          status: 200,
          body: await moveLead(work, params.id, body.stage),
        })),
      {
        ...op("crm:write", "crm", "Move a lead to another stage"),
        params,
        body: LeadUpdate,
        response: { 200: Lead },
      },
    );
}
