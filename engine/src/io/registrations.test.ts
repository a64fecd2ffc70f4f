import { expect, test } from "bun:test";
import { leakGuard } from "../../test/leaks.ts";
import { DigestChallenger } from "../sip/digest.ts";
import { buildResponse } from "../sip/exchange.ts";
import { parseMessage, SipParseError } from "../sip/parse.ts";
import { startRegistration } from "./registrations.ts";
import { openSipTransport } from "./sip-transport.ts";
import { openUdp, type UdpSocket } from "./udp.ts";

leakGuard();

test("an account registers at a registrar that challenges, and leaves it", async () => {
  const challenger = new DigestChallenger({
    realm: "reg",
    credentials: [{ username: "suki", password: "pw" }],
    secret: "s",
  });
  const expires: (string | undefined)[] = [];
  const registrar: UdpSocket = await openUdp({
    host: "127.0.0.1",
    port: 0,
    onPacket: (bytes, address, port) => {
      const message = parseMessage(bytes);
      if (message instanceof SipParseError || message.kind !== "request") return;
      const verdict = challenger.check(0, message);
      if (verdict === "ok") expires.push(message.headers.find(({ name }) => name === "expires")?.value);
      const [status, headers] = verdict === "ok" ? [200, []] : [401, challenger.challenge(0, false)];
      registrar.send(buildResponse(message, status, "registrar", { localTag: "r", headers }), port, address);
    },
  });
  const transport = await openSipTransport({ host: "127.0.0.1", port: 0, product: "test", onEvent: () => {} });
  const events: string[] = [];
  const registration = startRegistration(
    transport,
    {
      registrar: `sip:127.0.0.1:${registrar.port}`,
      address: "sip:suki@reg.test",
      contact: `sip:suki@127.0.0.1:${transport.port}`,
      credentials: { username: "suki", password: "pw" },
      token: () => "0123456789abcdef",
      flow: transport.flowTo(`sip:127.0.0.1:${registrar.port}`),
    },
    (event) => events.push(event.kind),
  );
  for (let i = 0; i < 400 && events.length === 0; i++) await Bun.sleep(5);
  registration.stop();
  for (let i = 0; i < 400 && registration.state !== "idle"; i++) await Bun.sleep(5);
  await transport.close(0);
  registrar.close();
  expect([events, expires, registration.state]).toEqual([["registered"], ["300", "0"], "idle"]);
});
