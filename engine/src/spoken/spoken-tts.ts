import type { TtsPort } from "@sk-voice/models/ports.ts";
import { spoken } from "./spoken.ts";

/** The same voice, asked for what is written as it is said. */
export function spokenTts(port: TtsPort): TtsPort {
  return {
    name: port.name,
    warm: () => port.warm(),
    close: () => port.close(),
    speak: (request, signal) => port.speak({ ...request, text: spoken(request.text, request.language) }, signal),
  };
}
