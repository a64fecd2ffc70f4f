import type { LiveState } from "@sk-voice/api/contract/index.ts";
import type { TurnState } from "../talk/turn-events.ts";

/** A turn's state in the words of a dashboard; `audible`: something of hers was heard just now. */
export function liveStateOf(turn: TurnState, audible: boolean): LiveState {
  switch (turn) {
    case "listening":
    case "ended":
      return "listening";
    case "hearing":
    case "settling":
    case "overlap":
      return "hearing";
    case "awaiting":
      return "thinking";
    case "noticed":
    case "replying":
      return audible ? "speaking" : "thinking";
  }
}
