/** The caller's details as fields of the CRM session. */
import type { CrmSession } from "../crm-session.ts";
import type { ToolFact } from "../facts.ts";

/** A number other than the contact's own is a callback number: it must not overwrite what identifies the contact. */
export function callerFields(
  crm: CrmSession,
  name: string | undefined,
  phone: string | null | undefined,
): Record<string, string> {
  const own = crm.contact?.phone ?? crm.line.from;
  const number = phone == null ? {} : own === null || own === phone ? { phone } : { callback_number: phone };
  return { ...(name === undefined ? {} : { name }), ...number };
}

export function fieldFacts(fields: Readonly<Record<string, string>>): ToolFact[] {
  return Object.entries(fields).map(([name, value]) => ({ type: "field", name, value }));
}
