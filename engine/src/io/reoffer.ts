import type { NegotiatedAudio, OfferAnswer } from "../sip/negotiate.ts";
import type { LegId, UserAgentCommand } from "../sip/user-agent.ts";

/** Answers a peer's change of the session (hold, resume, address, keys): the command to give, and the new terms where there are any. */
export function answerReoffer(
  media: OfferAnswer,
  leg: LegId,
  sdp: string | undefined,
): { readonly command: UserAgentCommand; readonly audio: NegotiatedAudio | undefined } {
  if (sdp === undefined) {
    return { command: { kind: "accept-reinvite", leg, sdp: media.offer() }, audio: undefined };
  }
  const answer = media.answer(sdp);
  if (!answer.ok) return { command: { kind: "reject-reinvite", leg, status: answer.status }, audio: undefined };
  return { command: { kind: "accept-reinvite", leg, sdp: answer.sdp }, audio: answer.audio };
}
