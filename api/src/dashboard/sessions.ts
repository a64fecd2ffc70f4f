/**
 * Sign-in for browsers. The cookie holds 256 random bits, the database their SHA-256; the cookie is HttpOnly and SameSite=Strict, and whatever
 * changes something must also carry `x-csrf-token`, an HMAC over the session that only our own pages can read.
 *
 * | what                             | ends a session          |
 * |----------------------------------|-------------------------|
 * | 12 h without a request, 7 days   | yes                     |
 * | sign-out, key revoked            | yes                     |
 * | member disabled, password changed| yes                     |
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { eq, lt } from "drizzle-orm";
import type { KeyRing, Principal } from "../auth.ts";
import type { Clock } from "../clock.ts";
import type { Role, SessionInfo, SignIn } from "../contract/dashboard.ts";
import type { Database } from "../db/database.ts";
import { apiKeys, members, sessions, workspaces } from "../db/schema.ts";
import { ProblemError } from "../problem.ts";
import { createRateLimiter, type RateLimiter } from "../rate-limit.ts";
import type { Seal } from "../seal.ts";
import { verifyPassword } from "./password.ts";
import { ROLE_SCOPES } from "./roles.ts";

export const COOKIE = "sk_session";
const IDLE_MS = 12 * 3600_000;
const LONGEST_MS = 7 * 24 * 3600_000;
const SEEN_EVERY_MS = 60_000;
/** A session may outlive its end in another api process by this much. */
const CACHE_MS = 5000;
const CACHE_SIZE = 10_000;
/** Tries at once from one address or for one login, then one every 12 s. */
const TRIES = { perSecond: 1 / 12, burst: 5 };

interface Known {
  principal: Principal;
  who: SessionInfo["who"];
  workspace: SessionInfo["workspace"];
  expiresMs: number;
  untilMs: number;
}

export interface SessionRing {
  /** @param address whom to limit. @returns the cookie's token. @throws ProblemError 401, 429 */
  signIn(input: SignIn, address: string): Promise<string>;
  /** Whether a request brings our cookie. */
  has(request: Request): boolean;
  /** @throws ProblemError 401; 403 `csrf_failed` */
  authenticate(request: Request): Promise<Principal>;
  describe(request: Request): Promise<SessionInfo>;
  signOut(request: Request): Promise<void>;
  /** Forgets what is cached, after members or keys changed. */
  forget(): void;
}

interface SessionDeps {
  db: Database;
  clock: Clock;
  seal: Seal;
  keys: KeyRing;
}

function tokenOf(request: Request): string | undefined {
  const cookies = request.headers.get("cookie") ?? "";
  return new RegExp(`(?:^|;\\s*)${COOKIE}=([A-Za-z0-9_-]{43})(?:;|$)`).exec(cookies)?.[1];
}

const idOf = (token: string) => createHash("sha256").update(token).digest("hex");
const refused = (detail: string) => new ProblemError(401, "unauthenticated", detail);

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Too many tries say how long to wait, not how many requests a second there may be. */
function takeTry(limiter: RateLimiter, bucket: string): void {
  try {
    limiter.take(bucket);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const seconds = error.more.headers?.["retry-after"] ?? "12";
    throw new ProblemError(429, "too_many_tries", `Too many tries to sign in; wait ${seconds} s and try again.`, {
      headers: { "retry-after": seconds },
    });
  }
}

export function createSessions({ db, clock, seal, keys }: SessionDeps): SessionRing {
  const limiter = createRateLimiter(TRIES, clock);
  const cache = new Map<string, Known>();
  const csrf = (id: string) => seal.sign(`csrf:${id}`);

  async function ownerOf(input: SignIn) {
    if ("key" in input) {
      const who = await keys.authenticate(`Bearer ${input.key.trim()}`);
      const { workspaceId, livemode, keyId } = who;
      return { workspaceId, livemode, keyId, memberId: null };
    }
    const login = input.login.trim().toLowerCase();
    const [row] = await db.read((q) => q.select().from(members).where(eq(members.login, login)));
    const usable = row?.disabledAt === null ? row : undefined;
    if (!(await verifyPassword(input.password, usable?.passwordHash)) || usable === undefined)
      throw refused("This name and password do not fit together.");
    return { workspaceId: usable.workspaceId, livemode: usable.livemode, keyId: null, memberId: usable.id };
  }

  async function look(id: string): Promise<Known | undefined> {
    const [row] = await db.read((q) =>
      q
        .select()
        .from(sessions)
        .innerJoin(workspaces, eq(workspaces.id, sessions.workspaceId))
        .leftJoin(members, eq(members.id, sessions.memberId))
        .leftJoin(apiKeys, eq(apiKeys.id, sessions.keyId))
        .where(eq(sessions.id, id)),
    );
    const nowMs = clock.now();
    if (row === undefined || row.sessions.expiresAt.getTime() <= nowMs) return undefined;
    if (row.sessions.seenAt.getTime() + IDLE_MS <= nowMs) return undefined;
    const { members: member, api_keys: key, workspaces: workspace, sessions: session } = row;
    if (member?.disabledAt != null || key?.revokedAt != null) return undefined;
    if (nowMs - session.seenAt.getTime() > SEEN_EVERY_MS) {
      await db.read((q) =>
        q
          .update(sessions)
          .set({ seenAt: new Date(nowMs) })
          .where(eq(sessions.id, id)),
      );
    }
    const role: Role | null = member?.role ?? null;
    const whoId = member?.id ?? key?.id ?? "";
    return {
      principal: {
        keyId: whoId,
        workspaceId: workspace.id,
        livemode: session.livemode,
        scopes: new Set(role === null ? (key?.scopes ?? []) : ROLE_SCOPES[role]),
        localDevelopment: workspace.localDevelopment,
      },
      who: { id: whoId, name: member?.name ?? key?.name ?? "", role },
      workspace: { id: workspace.id, name: workspace.name },
      expiresMs: session.expiresAt.getTime(),
      untilMs: nowMs + CACHE_MS,
    };
  }

  async function known(request: Request): Promise<{ id: string; session: Known }> {
    const token = tokenOf(request);
    if (token === undefined) throw refused("Sign in first.");
    const id = idOf(token);
    const cached = cache.get(id);
    if (cached !== undefined && cached.untilMs > clock.now()) return { id, session: cached };
    const session = await look(id);
    if (session === undefined) {
      cache.delete(id);
      throw refused("This session has ended; sign in again.");
    }
    if (cache.size >= CACHE_SIZE) cache.clear();
    cache.set(id, session);
    return { id, session };
  }

  function requireOurs(request: Request, id: string): void {
    if (request.method === "GET" || request.method === "HEAD") return;
    if (same(request.headers.get("x-csrf-token") ?? "", csrf(id))) return;
    throw new ProblemError(403, "csrf_failed", "With a session cookie, send the session's csrf_token as x-csrf-token.");
  }

  return {
    has: (request) => tokenOf(request) !== undefined,
    async signIn(input, address) {
      const buckets = [
        `address:${address}`,
        ...("login" in input ? [`login:${input.login.trim().toLowerCase()}`] : []),
      ];
      for (const bucket of buckets) takeTry(limiter, bucket);
      const owner = await ownerOf(input);
      for (const bucket of buckets) limiter.give(bucket);
      const token = randomBytes(32).toString("base64url");
      const createdAt = new Date(clock.now());
      const expiresAt = new Date(clock.now() + LONGEST_MS);
      await db.read((q) =>
        q.insert(sessions).values({ id: idOf(token), ...owner, createdAt, seenAt: createdAt, expiresAt }),
      );
      return token;
    },
    async authenticate(request) {
      const { id, session } = await known(request);
      requireOurs(request, id);
      return session.principal;
    },
    async describe(request) {
      const { id, session } = await known(request);
      const { who, workspace, principal, expiresMs } = session;
      return {
        who,
        workspace,
        livemode: principal.livemode,
        scopes: [...principal.scopes],
        csrf_token: csrf(id),
        expires_at: new Date(expiresMs).toISOString(),
      };
    },
    async signOut(request) {
      const { id } = await known(request);
      requireOurs(request, id);
      cache.delete(id);
      await db.read((q) => q.delete(sessions).where(eq(sessions.id, id)));
    },
    forget: () => cache.clear(),
  };
}

/** Forgets sessions that are over. */
export async function sweepSessions({ db, clock }: Pick<SessionDeps, "db" | "clock">): Promise<void> {
  await db.read((q) => q.delete(sessions).where(lt(sessions.expiresAt, new Date(clock.now()))));
}
