import { join } from "node:path";

/** Kamailio in front, as a carrier's or operator's proxy: relays every call to `target`, stays in the route. */
export async function startKamailio(folder: string, port: number, target: number): Promise<{ stop(): Promise<void> }> {
  const config = join(folder, "kamailio.cfg");
  await Bun.write(
    config,
    `#!KAMAILIO
debug=1
log_stderror=yes
children=2
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "siputils.so"
loadmodule "textops.so"
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  record_route();
  append_hf("P-Asserted-Identity: <sip:+914422334455@carrier.example>\\r\\n");
  append_hf("X-Trunk: kamailio\\r\\n");
  $du = "sip:127.0.0.1:${target}";
  t_relay();
}
`,
  );
  const child = Bun.spawn(
    ["kamailio", "-f", config, "-DD", "-E", "-P", join(folder, "k.pid"), "-Y", folder, "-w", folder, "-m", "64"],
    {
      stdin: "ignore",
      stdout: "ignore",
      stderr: Bun.file(join(folder, "kamailio.log")),
    },
  );
  await Bun.sleep(1500);
  return {
    stop: async () => {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
