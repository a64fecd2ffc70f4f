import { Registration, type RegistrationInput, type RegistrationOptions } from "../sip/registration.ts";
import type { Flow } from "../sip/user-agent.ts";
import { monotonicMs } from "./clock.ts";
import type { SipTransport } from "./sip-transport.ts";

/** Keeps one account registered over a SIP transport. */
export interface RegistrationHandle {
  readonly state: Registration["state"];
  /** The registrar's address. */
  readonly address: string;
  /** The connection to it is gone, and calls with it: registers anew at once (RFC 5626 section 4.3). */
  connectionLost(): void;
  /** Withdraws the binding; the transport must stay open for the answer. */
  stop(): void;
}

export type OnRegistration = (
  event: { readonly kind: "registered" } | { readonly kind: "failed"; readonly status: number },
) => void;

/** `flow`: the way to the registrar, or to the proxy before it. */
export function startRegistration(
  transport: SipTransport,
  options: RegistrationOptions & { readonly flow: Flow },
  onEvent: OnRegistration,
): RegistrationHandle {
  const core = new Registration(options);
  const { flow } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = (input: RegistrationInput): void => {
    clearTimeout(timer);
    core.handle(monotonicMs(), input);
    for (let output = core.poll(); output !== undefined; output = core.poll()) {
      if (output.kind === "request") {
        const request = { method: "REGISTER", uri: output.uri, headers: output.headers };
        transport.request(flow, request, (response) => run({ kind: "response", response }));
      } else onEvent(output);
    }
    const at = core.deadline();
    if (at !== Number.POSITIVE_INFINITY) timer = setTimeout(() => run({ kind: "tick" }), at - monotonicMs());
  };
  run({ kind: "start" });
  return {
    get state() {
      return core.state;
    },
    address: flow.address,
    connectionLost: () => run({ kind: "connection-lost" }),
    stop: () => run({ kind: "stop" }),
  };
}
