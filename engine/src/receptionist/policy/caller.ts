/** One utterance of the caller to one reply: first what holds anywhere, then the open question, then new wishes and questions. */
import { mayEscalate } from "../escalation.ts";
import { answerToAsk } from "./answers.ts";
import { afterTask, applyWhen } from "./booking.ts";
import { startChange } from "./changing.ts";
import { callTool, type Dialogue, goodbye, type Reply, reply, vary, type World } from "./dialogue.ts";
import { farewell } from "./farewell.ts";
import { escalate, handOver } from "./handing-over.ts";
import { startMessage } from "./message.ts";
import { ask, next, sayAgain } from "./next.ts";
import { ownerCalls, ownerSays } from "./owner.ts";
import { question } from "./questions.ts";
import { saysWhen, type Understanding, understand, withCallerSaid } from "./understand.ts";

type Rule = (d: Dialogue, u: Understanding, world: World) => Reply | undefined;

/** In this order; the last always answers. */
const RULES: readonly Rule[] = [
  goesOn,
  ownerSays,
  ownerCalls,
  unwelcome,
  (d, _, world) => escalate(d, world),
  aside,
  answerToAsk,
  leave,
  newTask,
  knownQuestion,
  details,
  openQuestion,
  smallTalk,
  notUnderstood,
];

/** Less than this of her reply was begun, not heard. */
const BEGUN_SHARE = 0.25;
const REST_OF_ANSWER = /^(?:(?:yes|yeah|yep|okay|ok|sure) ?)?(?:please)?$/;
/** After so many answers not understood in a row she offers a message. */
const MAX_MISSES = 3;
const SHORT_WORDS = 5;
/** Older turns no longer count for the caller's mood. */
const KEPT_TURNS = 8;
const MAX_QUESTION = 400;
const ABOUT_SERVICE = /\b(?:how much|how long|price|cost|charge|fee|does it take)\b/;

/** `text` is what was heard; empty for a silence. */
export function onCaller(before: Dialogue, text: string, world: World): Reply {
  const { unsaid, prompt } = before;
  const answer = answerTo({ ...before, unsaid: "" }, text, world);
  return unsaid === "" || answer.say.includes(prompt) ? answer : { ...answer, say: [unsaid, ...answer.say] };
}

function answerTo(before: Dialogue, text: string, world: World): Reply {
  const said = text.trim() === "" ? before.said : [...before.said, text].slice(-KEPT_TURNS);
  const d = { ...before, turn: before.turn + 1, said };
  if (text.trim() === "") return ask(d, world, d.ask, vary(d, "I'm still here.", "Are you still there?"));
  const u = understand(text, d, world);
  for (const rule of RULES) {
    const answer = rule(d, u, world);
    if (answer) return keepDetails(before, answer, rule === notUnderstood || answer.state.misses > d.misses);
  }
  return ask(d, world, d.ask);
}

/** Understood: the misses are over. Name and number go out as soon as they are known. */
function keepDetails(before: Dialogue, { state, say, calls }: Reply, missed: boolean): Reply {
  const learned = {
    ...(state.name !== undefined && state.name !== before.name ? { name: state.name } : {}),
    ...(checkedPhone(before, state) ? { phone: state.phone } : {}),
  };
  const writes = calls.some(({ name }) => name === "book_appointment" || name === "take_message");
  const note = Object.keys(learned).length > 0 && !writes ? [{ name: "note_caller", arguments: learned }] : [];
  // Whether a question is known shows in its answer.
  const asks = calls.some(({ name }) => name === "answer_from_knowledge");
  const counted = missed ? state : { ...state, misses: 0, failures: asks ? state.failures : 0 };
  return { state: counted, say, calls: [...note, ...calls] };
}

/** A dictated number is worth keeping once the caller has agreed to it. */
function checkedPhone(before: Dialogue, { phone, ask: asked }: Dialogue): boolean {
  if (!phone?.startsWith("+") || asked === "phone-check") return false;
  return phone !== before.phone || before.ask === "phone-check";
}

/** "Yes," – "Which" – "please.": the rest of the answer before, not one to what she had begun to say. */
function goesOn(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  return world.heardShare < BEGUN_SHARE && d.misses === 0 && REST_OF_ANSWER.test(u.plain) ? sayAgain(d) : undefined;
}

function unwelcome(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.intents.has("wrong-number")) return goodbye(d, "wrong_number", "No problem at all.", "Goodbye.");
  if (u.intents.has("abuse")) {
    if (d.warned) return goodbye(d, "abuse", "I'm going to end the call now.", "Goodbye.");
    return ask({ ...d, warned: true }, world, d.ask, "I'd like to help you, but please stay polite.");
  }
  if (!u.intents.has("spam") || d.task !== "none") return undefined;
  if (d.warned) return goodbye(d, "spam", "Thank you, but we're not interested.", "Goodbye.");
  const say = ["We don't take sales calls on this line.", "Is there anything else I can help you with?"];
  return reply({ ...d, warned: true }, "anything-else", ...say);
}

function aside(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.plain.split(" ").length > SHORT_WORDS + 2 || saysWhen(u) || d.ask === "body") return undefined;
  if (u.intents.has("repeat")) return { state: d, say: ["Sure.", d.prompt || question(d, d.ask, world)], calls: [] };
  if (u.intents.has("wait") && u.services.length === 0) return reply(d, d.ask, "Of course, take your time.");
  if (!u.intents.has("never-mind")) return undefined;
  // "Stop." is said to her voice; with nothing under way it ends no call.
  if (d.task === "none" && STOP.test(u.plain)) return ask(d, world, "anything-else", "Of course.");
  if (d.task === "none") return goodbye(d, "goodbye", "No problem.", ...farewell(d, world));
  const what = NEVER_MIND[d.task];
  return ask(afterTask(d), world, "anything-else", `No problem, ${what}.`);
}

const STOP = /^(?:please |okay |ok )?stop(?: it| that| please| talking)?$/;

const NEVER_MIND: Readonly<Record<Exclude<Dialogue["task"], "none">, string>> = {
  booking: "I won't book anything",
  message: "I won't pass anything on",
  moving: "it stays as it is",
  cancelling: "it stays as it is",
  owner: "nothing is changed",
};

function leave(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (!u.intents.has("goodbye") || u.wantsBooking) return undefined;
  return goodbye(d, "goodbye", ...farewell(d, world));
}

/** A question she can answer. Words about a day belong to the booking, unless it is about opening hours. */
function knownQuestion(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (u.wantsBooking || (takesTime(d) && saysWhen(u))) return undefined;
  const asks = u.intents.has("question") || (d.task === "none" && u.services.length === 0);
  if (!asks || !world.knows(u.text)) return undefined;
  if (u.when.time !== undefined && !/\b(?:open|close|closed|hours|timings?)\b/.test(u.plain)) return undefined;
  return lookUp(d, u);
}

function lookUp(d: Dialogue, u: Understanding): Reply {
  const text = u.text.trim().slice(0, MAX_QUESTION);
  // "How much is it?" is about what they are booking.
  const about = u.services.length === 0 && d.service && ABOUT_SERVICE.test(u.plain) ? ` (${d.service.name})` : "";
  const request = { name: "answer_from_knowledge", arguments: { question: text + about } };
  const draft = { subject: "Question from a caller", body: u.text.trim(), urgency: "normal" } as const;
  const topic = u.services.length === 1 ? u.services[0] : d.topic;
  return callTool(d.task === "none" ? { ...d, draft, topic } : { ...d, topic }, request);
}

const ABOUT_TERMS = /\b(?:policy|policies|fees?|charges?|rules?|refunds?|how (?:late|long|far|much))\b/;

function newTask(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (ABOUT_TERMS.test(u.plain) && u.intents.has("question")) return undefined;
  if (u.intents.has("reschedule")) {
    return d.task === "moving" ? undefined : startChange(d, world, "moving", u);
  }
  if (u.intents.has("cancel")) {
    // Nothing is booked yet: they call off what was being arranged.
    if (d.task === "booking") return ask(afterTask(d), world, "anything-else", "No problem, I won't book anything.");
    return d.task === "cancelling" ? undefined : startChange(d, world, "cancelling", u);
  }
  if (u.intents.has("human")) return wantsHuman(d, u, world);
  if (u.intents.has("message") && d.task !== "message") return startMessage(d, world, "message", u);
  return undefined;
}

function wantsHuman(d: Dialogue, u: Understanding, world: World): Reply {
  if (d.handedOver || !mayEscalate(world.settings, world.nowEpochMs)) return startMessage(d, world, "human", u);
  return handOver(d, { trigger: "explicit_request", reason: u.text.trim().slice(0, 300) });
}

/** Tasks in which a day or a time is the one wanted. */
function takesTime({ task }: Dialogue): boolean {
  return task === "booking" || task === "moving";
}

/** Service, day, time, name or number, said in whatever order. */
function details(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (d.task === "message") return undefined;
  if (d.task === "moving" || d.task === "cancelling") return changeDetails(d, u, world);
  const wishes = u.wantsBooking || u.services.length > 0 || saysWhen(u) || u.intents.has("book");
  if (d.task === "none" && !wishes) return undefined;
  const given = wishes || u.phone?.e164 !== undefined || (u.name !== undefined && d.ask !== "service");
  if (!given) return undefined;
  const starting = d.task === "booking" ? d : { ...afterTask(d), task: "booking" as const };
  const timed = applyWhen(starting, u);
  const meant = /\b(?:that|it|this|one)\b/.test(u.plain) ? d.topic : undefined;
  const served = u.services.length > 0 ? withServices(timed, u) : { ...timed, service: timed.service ?? meant };
  const known = withCallerSaid(served, u);
  return next(known, world, ...(d.task === "none" ? [vary(d, "Sure.", "Of course.", "Gladly.")] : []));
}

/** The service stays: only the time moves. */
function changeDetails(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (!saysWhen(u) && u.phone?.e164 === undefined && u.name === undefined) return undefined;
  return next(applyWhen(withCallerSaid(d, u), u), world);
}

function withServices(d: Dialogue, { services }: Understanding): Dialogue {
  const only = services.length === 1 ? services[0] : undefined;
  if (only && only.id === d.service?.id) return d;
  return { ...d, service: only, serviceChoices: only ? [] : services, slot: undefined, offers: [] };
}

function openQuestion(d: Dialogue, u: Understanding, _: World): Reply | undefined {
  const asks = u.intents.has("question") && u.plain.split(" ").length >= 3;
  return asks ? lookUp(d, u) : undefined;
}

function smallTalk(d: Dialogue, u: Understanding, world: World): Reply | undefined {
  if (d.task === "none" && u.name !== undefined && d.ask !== "name") {
    return ask({ ...d, name: u.name }, world, "help", `Hello ${u.name}.`);
  }
  if (u.intents.has("greeting") && u.plain.split(" ").length <= SHORT_WORDS) {
    return ask(d, world, d.ask, "Hello.");
  }
  if (u.intents.has("thanks")) return ask(d, world, d.ask, "You're welcome.");
  if (/\bhow are you\b/.test(u.plain)) return ask(d, world, d.ask, "I'm fine, thank you.");
  return undefined;
}

const HINTS: Readonly<Partial<Record<Dialogue["ask"], string>>> = {
  help: "You can book an appointment, ask me a question, or leave a message.",
  day: "For example, tomorrow at 3 pm.",
  phone: "Please say it digit by digit, or type it on your phone.",
  name: "You can also spell it.",
};

function notUnderstood(d: Dialogue, u: Understanding, world: World): Reply {
  const misses = d.misses + 1;
  const state = { ...d, misses, failures: d.failures + 1 };
  const handingOver = escalate(state, world);
  if (handingOver) return handingOver;
  if (misses >= MAX_MISSES && d.ask !== "offer-message" && d.task !== "message" && !d.messageTaken) {
    const draft = { subject: "Call back requested", body: "", urgency: "normal" } as const;
    const sorry = "I'm sorry, I'm having trouble understanding you.";
    return ask({ ...afterTask(state), misses: 0, draft }, world, "offer-message", sorry);
  }
  // Unchecked words still carry a message better than nothing does.
  if (misses >= MAX_MISSES && d.task === "message" && d.ask === "name") {
    return next({ ...state, misses: 0, name: u.text.trim().slice(0, 80) }, world, "Thank you.");
  }
  const sorry = vary(d, "Sorry, I didn't quite get that.", "Sorry, I'm not sure I understood.");
  const hint = misses > 1 ? HINTS[d.ask] : undefined;
  return ask(state, world, d.ask, sorry, ...(hint === undefined ? [] : [hint]));
}
