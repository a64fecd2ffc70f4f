/** People who sign in with a password. Who makes or changes one must hold every scope of the role. */
import { eq } from "drizzle-orm";
import type { Member, MemberCreate, MemberUpdate, Role } from "../contract/dashboard.ts";
import type { PageQuery } from "../contract/page.ts";
import { members, sessions } from "../db/schema.ts";
import { newId } from "../ids.ts";
import { keyset, toPage } from "../paging.ts";
import { invalid, notFound, ProblemError } from "../problem.ts";
import { mine, own, type Work } from "../work.ts";
import { ROLE_SCOPES } from "./roles.ts";

type Row = typeof members.$inferSelect;

function toMember(row: Row): Member {
  return {
    id: row.id,
    login: row.login,
    name: row.name,
    role: row.role,
    created_at: row.createdAt.toISOString(),
    disabled_at: row.disabledAt?.toISOString() ?? null,
  };
}

function requireGrantable(work: Work, role: Role): void {
  if (ROLE_SCOPES[role].every((scope) => work.who.scopes.has(scope))) return;
  throw invalid("/role", "you cannot give a role that may do more than you");
}

export async function listMembers(work: Work, query: PageQuery) {
  const { after, order, limit } = keyset(query, members.id);
  const rows = await work.tx
    .select()
    .from(members)
    .where(mine(work, members, after))
    .orderBy(order)
    .limit(limit);
  return toPage(rows, query, toMember);
}

/** @param passwordHash made before the transaction: it takes its time */
export async function createMember(work: Work, input: MemberCreate, passwordHash: string): Promise<Member> {
  requireGrantable(work, input.role);
  const { login, name, role } = input;
  const createdAt = new Date(work.nowMs);
  const [row] = await work.tx
    .insert(members)
    .values({ id: newId("user", work.nowMs), ...own(work), login, name, role, passwordHash, createdAt })
    .onConflictDoNothing()
    .returning();
  if (row === undefined) throw new ProblemError(409, "login_taken", "Somebody signs in with this name already.");
  return toMember(row);
}

async function find(work: Work, id: string): Promise<Row> {
  const [row] = await work.tx
    .select()
    .from(members)
    .where(mine(work, members, eq(members.id, id)));
  if (row === undefined) throw notFound("member");
  return row;
}

export async function updateMember(
  work: Work,
  id: string,
  input: MemberUpdate,
  passwordHash: string | undefined,
): Promise<Member> {
  const before = await find(work, id);
  requireGrantable(work, before.role);
  if (input.role !== undefined) requireGrantable(work, input.role);
  if (id === work.who.keyId && (input.disabled === true || input.role !== undefined))
    throw new ProblemError(409, "own_member", "Somebody else must change your own role or disable you.");
  const set = {
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.role === undefined ? {} : { role: input.role }),
    ...(passwordHash === undefined ? {} : { passwordHash }),
    ...(input.disabled === undefined ? {} : { disabledAt: input.disabled ? new Date(work.nowMs) : null }),
  };
  if (Object.keys(set).length > 0)
    await work.tx
      .update(members)
      .set(set)
      .where(mine(work, members, eq(members.id, id)));
  const ends = passwordHash !== undefined || input.disabled === true || input.role !== undefined;
  if (ends) await work.tx.delete(sessions).where(mine(work, sessions, eq(sessions.memberId, id)));
  return toMember(await find(work, id));
}
