/** Where a workspace's products live when not here: base URL and key, the key sealed. */
import { and, eq } from "drizzle-orm";
import type { Principal } from "../auth.ts";
import type { REMOTE_PRODUCTS, SuiteRemote, SuiteRemoteSet } from "../contract/keys.ts";
import { suiteRemotes } from "../db/schema.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { refuseTarget } from "../webhooks/target.ts";
import { type Deps, mine, own, type Work, workFor } from "../work.ts";

export type Product = (typeof REMOTE_PRODUCTS)[number];
type Row = typeof suiteRemotes.$inferSelect;

/** A product elsewhere, ready to be asked. */
export interface Remote {
  product: Product;
  baseUrl: string;
  key: string;
}

function toRemote(row: Row): SuiteRemote {
  return { product: row.product, base_url: row.baseUrl, created_at: row.createdAt.toISOString() };
}

export async function listRemotes(work: Work) {
  const rows = await work.tx.select().from(suiteRemotes).where(mine(work, suiteRemotes)).orderBy(suiteRemotes.product);
  return { data: rows.map(toRemote), next_cursor: null };
}

/** Appointments and tickets name contacts, which live in the CRM: it goes first and comes back last. */
async function requireOrder(work: Work, product: Product, removing: boolean): Promise<void> {
  const { data } = await listRemotes(work);
  const others = data.filter((one) => one.product !== product);
  if (removing && product === "crm" && others.length > 0) {
    const names = others.map((one) => one.product).join(" and ");
    throw new ProblemError(409, "crm_last", `Bring ${names} back first: they name contacts of the remote CRM.`);
  }
  if (removing || product === "crm" || others.some((one) => one.product === "crm")) return;
  throw new ProblemError(
    409,
    "crm_first",
    "Point crm at its remote first: appointments and tickets name its contacts.",
  );
}

/** @throws ProblemError 422 for an address that is not allowed, 409 */
export async function setRemote(work: Work, product: Product, input: SuiteRemoteSet): Promise<SuiteRemote> {
  await requireOrder(work, product, false);
  const refusal = refuseTarget(input.base_url, work.who);
  if (refusal !== undefined) throw invalid("/base_url", refusal);
  const { workspaceId, livemode, product: name } = suiteRemotes;
  const values = {
    baseUrl: input.base_url.replace(/\/+$/, ""),
    key: work.seal.seal(input.key),
    createdAt: new Date(work.nowMs),
  };
  const [row] = await work.tx
    .insert(suiteRemotes)
    .values({ ...own(work), product, ...values })
    .onConflictDoUpdate({ target: [workspaceId, livemode, name], set: values })
    .returning();
  if (row === undefined) throw new Error("bug: a remote was not kept");
  return toRemote(row);
}

/** From then on the product is served here again. */
export async function removeRemote(work: Work, product: Product): Promise<void> {
  await requireOrder(work, product, true);
  const rows = await work.tx
    .delete(suiteRemotes)
    .where(mine(work, suiteRemotes, and(eq(suiteRemotes.product, product))))
    .returning({ product: suiteRemotes.product });
  if (rows.length === 0) throw notFound("remote product");
}

/** A change made by another api process shows after this long. */
const CACHE_MS = 5000;
const CACHE_SIZE = 10_000;

export class Remotes {
  readonly #known = new Map<string, { untilMs: number; remotes: ReadonlyMap<Product, Remote> }>();

  constructor(private readonly deps: Deps) {}

  async of(who: Principal): Promise<ReadonlyMap<Product, Remote>> {
    const name = `${who.workspaceId}:${who.livemode}`;
    const nowMs = this.deps.clock.now();
    const known = this.#known.get(name);
    if (known !== undefined && known.untilMs > nowMs) return known.remotes;
    const rows = await this.deps.db.read((tx) => {
      const work = workFor(this.deps, who, tx);
      return tx.select().from(suiteRemotes).where(mine(work, suiteRemotes));
    }, who);
    const open = (row: Row): Remote => ({ ...row, key: this.deps.seal.open(row.key) });
    const remotes = new Map(rows.map((row) => [row.product, open(row)]));
    if (this.#known.size >= CACHE_SIZE) this.#known.clear();
    this.#known.set(name, { untilMs: nowMs + CACHE_MS, remotes });
    return remotes;
  }

  forget(who: Principal): void {
    this.#known.delete(`${who.workspaceId}:${who.livemode}`);
  }
}
