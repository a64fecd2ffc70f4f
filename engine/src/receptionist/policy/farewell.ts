import { type Dialogue, vary, type World } from "./dialogue.ts";

export function farewell(d: Dialogue, { settings }: World): string[] {
  return [`Thank you for calling ${settings.business_name}.`, vary(d, "Goodbye.", "Have a good day. Goodbye.")];
}
