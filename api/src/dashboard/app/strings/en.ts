/** Every word of the interface. `hi.ts` must have the same keys: the types see to it. */
import { common } from "./en/common.ts";
import { desk } from "./en/desk.ts";
import { owner } from "./en/owner.ts";

export const en = { ...common, ...desk, ...owner } as const;
