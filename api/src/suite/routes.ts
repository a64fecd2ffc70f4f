import { Elysia } from "elysia";
import { z } from "zod";
import { REMOTE_PRODUCTS, SuiteRemote, SuiteRemoteSet } from "../contract/keys.ts";
import { page } from "../contract/page.ts";
import { principalOf } from "../exchange.ts";
import { mutate, read } from "../idempotency.ts";
import { op, scoped } from "../route.ts";
import type { Deps } from "../work.ts";
import { listRemotes, type Remotes, removeRemote, setRemote } from "./remotes.ts";

const params = z.object({ product: z.enum(REMOTE_PRODUCTS) });

/** Which products live elsewhere. */
export function suiteRoutes(deps: Deps & { remotes: Remotes }) {
  const changed = async (request: Request, answer: Promise<Response>) => {
    const response = await answer;
    deps.remotes.forget(principalOf(request));
    return response;
  };
  return new Elysia({ prefix: "/voice/v1" })
    .use(scoped)
    .get("/suite", ({ request }) => read(deps, request, listRemotes), {
      ...op("suite:read", "voice", "List the products that live elsewhere"),
      response: { 200: page(SuiteRemote) },
    })
    .put(
      "/suite/:product",
      ({ request, params, body }) =>
        changed(
          request,
          mutate(deps, request, SuiteRemote, async (work) => ({
            status: 200,
            body: await setRemote(work, params.product, body),
          })),
        ),
      {
        ...op("suite:write", "voice", "Point a product at a remote base URL and key"),
        params,
        body: SuiteRemoteSet,
        response: { 200: SuiteRemote },
      },
    )
    .delete(
      "/suite/:product",
      ({ request, params }) =>
        changed(
          request,
          mutate(deps, request, null, async (work) => {
            await removeRemote(work, params.product);
            return { status: 204, body: null };
          }),
        ),
      {
        ...op("suite:write", "voice", "Serve a product here again", { 204: { description: "served here" } }),
        params,
      },
    );
}
