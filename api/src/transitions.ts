/** Guarded state changes: a table says which states follow which, and the update names the state it leaves, so one of two at once wins. */
import { ProblemError } from "./problem.ts";

export type Transitions<S extends string> = Record<S, readonly S[]>;

/** @throws ProblemError 409 `transition_refused` naming what is possible */
export function requireTransition<S extends string>(table: Transitions<S>, from: S, to: S): void {
  if (table[from].includes(to)) return;
  throw refusedTransition(table, from, to);
}

export function refusedTransition<S extends string>(table: Transitions<S>, from: S, to: S): ProblemError {
  const allowed = table[from];
  const hint = allowed.length === 0 ? "it is final" : `possible: ${allowed.join(", ")}`;
  return new ProblemError(409, "transition_refused", `From ${from} there is no way to ${to}; ${hint}.`, {
    extra: { from, allowed },
  });
}
