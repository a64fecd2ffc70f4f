import type { Budget } from "../budgets.ts";
import type { Figure } from "./suite.ts";

/** One sentence for every budget of `suite` that its figures break. A figure that is gone breaks its budget too. */
export function brokenBudgets(budgets: readonly Budget[], suite: string, figures: readonly Figure[]): string[] {
  return budgets
    .filter((budget) => budget.suite === suite)
    .flatMap(({ figure: name, most }) => {
      const figure = figures.find((candidate) => candidate.name === name);
      if (!figure) return [`${suite}: there is no figure "${name}" any more; change bench/budgets.ts with the suite`];
      if (figure.clock === "wall") return [`${suite}: "${name}" is wall time, which no budget may hold`];
      if (figure.value <= most) return [];
      return [`${suite}: ${name} is ${figure.value} ${figure.unit}, its budget is ${most} (bench/budgets.ts)`];
    });
}
