/** LiveKit as configured: nothing, and nothing loaded, without LIVEKIT_URL. */
import type { EngineConfig } from "../../config.ts";
import type { Log } from "../log.ts";
import type { PeerCalls } from "../peer-calls.ts";
import { loadLibrary } from "./library.ts";
import { joinRooms } from "./room.ts";
import { LiveKitRooms } from "./rooms.ts";

/** @throws Error when it is configured and its library cannot be loaded. */
export async function openLiveKit(config: EngineConfig, calls: PeerCalls, log: Log): Promise<LiveKitRooms | undefined> {
  const { LIVEKIT_URL: url, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = config;
  if (url === "") return undefined;
  const library = await loadLibrary();
  log.info("LiveKit rooms are joined");
  return new LiveKitRooms({
    key: { apiKey, apiSecret },
    url,
    roomPrefix: config.SK_LIVEKIT_ROOM_PREFIX,
    engineId: config.SK_ENGINE_ID,
    calls,
    join: joinRooms(library, url),
    log,
  });
}
