/** The CRM call session of one call: opened once, read once, fields written as they become known. */
import type { CallContext, CallSession, Contact } from "@sk-voice/api/contract/index.ts";
import { type Suite, SuiteError } from "./suite.ts";

export interface CallerLine {
  readonly callId: string;
  /** E.164, `null` when withheld. */
  readonly from: string | null;
  readonly to: string;
}

export class CrmSession {
  #opening: Promise<CallSession> | undefined;
  #contact: Contact | null = null;
  #context: CallContext | null = null;
  readonly #fields = new Map<string, string>();

  constructor(
    private readonly suite: Suite,
    readonly line: CallerLine,
    /** Nothing is written before it resolves; nothing at all when to false. */
    private readonly admitted: Promise<boolean> = Promise.resolve(true),
  ) {}

  /** The caller, as far as the CRM has answered. */
  get contact(): Contact | null {
    return this.#contact;
  }

  /** History and upcoming appointments; `null` until `load()` has come back. */
  get context(): CallContext | null {
    return this.#context;
  }

  /** Steps 1 and 2. Safe to call again; a failed opening is tried anew. Rejects with `SuiteError`. */
  async load(): Promise<CallContext> {
    const session = await this.open();
    this.#context = await this.suite.context(session.id);
    this.#contact ??= this.#context.contact;
    return this.#context;
  }

  /** `load` as soon as the caller is known to be no robocall; never for one. */
  async loadAdmitted(): Promise<void> {
    if (await this.admitted) await this.load();
  }

  open(): Promise<CallSession> {
    const { callId, from, to } = this.line;
    this.#opening ??= this.admitted
      .then((isAdmitted) => {
        if (!isAdmitted) throw new SuiteError(0, "screened", "the caller is a robocall: nothing is written", false);
        return this.suite.openSession({ call_id: callId, from, to }, { idempotencyKey: `${callId}:open` });
      })
      .then((session) => {
        this.#contact = session.contact;
        return session;
      })
      .catch((error: unknown) => {
        this.#opening = undefined;
        throw error;
      });
    return this.#opening;
  }

  /** Step 3. Sends only what changed. Returns what was sent. Rejects with `SuiteError`. */
  async patch(fields: Readonly<Record<string, string>>, idempotencyKey: string): Promise<Record<string, string>> {
    const changed = Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => this.#fields.get(name) !== value),
    );
    if (Object.keys(changed).length === 0) return {};
    const session = await this.open();
    const updated = await this.suite.patchFields(session.id, changed, { idempotencyKey });
    for (const [name, value] of Object.entries(changed)) this.#fields.set(name, value);
    this.#contact = updated.contact ?? this.#contact;
    return changed;
  }
}
