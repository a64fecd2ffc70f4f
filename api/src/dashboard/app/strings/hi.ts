/** इंटरफ़ेस का हर शब्द हिन्दी में; `en.ts` की ही कुंजियाँ, टाइप इसकी जाँच करते हैं। */
import type { Strings } from "../lib/i18n.tsx";
import { common } from "./hi/common.ts";
import { desk } from "./hi/desk.ts";
import { owner } from "./hi/owner.ts";

export const hi: Strings = { ...common, ...desk, ...owner };
