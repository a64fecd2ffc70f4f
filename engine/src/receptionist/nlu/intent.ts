/** What the caller is up to, by phrases. Several may hold at once; the policy decides which counts in its state. */
import { normalise } from "./normalise.ts";

export type Intent =
  | "book"
  | "reschedule"
  | "cancel"
  | "message"
  | "human"
  | "goodbye"
  | "repeat"
  | "greeting"
  | "thanks"
  | "wait"
  | "never-mind"
  | "wrong-number"
  | "spam"
  | "abuse"
  | "urgent"
  | "question";

const PATTERNS: readonly (readonly [Intent, RegExp])[] = [
  [
    "reschedule",
    /\b(?:reschedule|re schedule|(?:move|change|shift|postpone|push(?: back)?|bring forward) (?:my|the|our|an)(?: \w+){0,2} (?:appointment|booking|slot|visit|haircut))\b/,
  ],
  ["cancel", /\bcancel(?:l?ing|l?ed|lation)?\b(?! (?:anytime|policy|fee|charge))/],
  [
    "book",
    /\b(?:book(?:ing)?|appointment|schedule|reserve|reservation|make an? (?:appointment|booking)|slot|come in|fit me in|see (?:the|a) (?:doctor|dentist)|get (?:a|an|my) (?!message|call|human))\b/,
  ],
  [
    "message",
    /\b(?:(?:leave|take|pass|give|send)(?: \w+){0,2} (?:a |on a |the |this )?message|(?:tell|inform|let) (?!me\b|us\b)(?:the |dr |doctor |mr |ms |mrs )?\w+ (?:know |that |i |i'm |i'll |we |to )|call (?:me|us) back|callback|call back|ring me back|get back to me)\b/,
  ],
  [
    "human",
    /\b(?:(?:speak|talk|connect me|put me through|transfer me|get me|pass me)(?: \w+){0,3}? (?:to|with|through)?(?: \w+){0,2} ?(?:human|person|someone|somebody|manager|owner|representative|agent|operator|staff|real|doctor|receptionist|boss)|(?:real|actual|live) (?:person|human)|operator|human being)\b/,
  ],
  [
    "goodbye",
    /\b(?:good ?bye|(?:good|go and|go on) (?:bye|buy|by)$|bye(?: bye)?|see you|talk (?:to you )?later|have a (?:good|nice|great) (?:day|evening|one)|that(?:'s| is| will be|'ll be) (?:all|it|everything)|nothing else|i'm done|we're done|hang up)\b/,
  ],
  [
    "repeat",
    /^(?:sorry|pardon|pardon me|excuse me|what|huh|come again|again|repeat|what was that|what did you say)$|\b(?:say (?:that|it) again|repeat (?:that|it|please|the)|can you repeat|could you repeat|what did you say|didn't (?:hear|catch|get) (?:you|that|it|what)|pardon|come again|can't hear you|one more time)\b/,
  ],
  ["greeting", /^(?:hello|hi|hey|good (?:morning|afternoon|evening)|namaste|vanakkam|namaskar|greetings)\b/],
  ["thanks", /\b(?:thanks|thank you|cheers|much appreciated)\b/],
  [
    "wait",
    /\b(?:hold on|hang on|one (?:second|moment|minute|sec)|just a (?:second|moment|minute|sec)|give me a (?:second|moment|minute|sec)|let me (?:check|see|think|look)|wait a (?:second|moment|minute))\b/,
  ],
  [
    "never-mind",
    /\b(?:never ?mind|forget (?:it|about it|that)|leave it|don't bother|changed my mind|don't want (?:it|to book|an appointment)|stop(?: it)?$)\b/,
  ],
  [
    "wrong-number",
    /\b(?:wrong number|wrong person|dialled wrong|dialed wrong|called (?:you )?by mistake|misdialled|misdialed|is this not|not who i(?:'m| am) looking for)\b/,
  ],
  [
    "spam",
    /\b(?:extended warranty|press (?:one|1|two|2) (?:to|now|for)|google (?:business )?listing|seo (?:services|ranking|package)|rank(?:ing)? (?:your (?:web ?site|business)|first on google)|lower your (?:interest|electric)|credit card (?:offer|debt)|pre ?approved|business loans?|personal loans?|student loan|merchant services|solar panels|you(?:'ve| have) (?:won|been selected)|final notice|limited time offer|special offer|investment opportunit\w+|digital marketing)\b/,
  ],
  ["abuse", /\b(?:fuck\w*|asshole|bitch|bastard|motherfucker|cunt)\b/],
  ["urgent", /\b(?:urgent(?:ly)?|emergency|right away|immediately|as soon as possible|severe|bleeding)\b/],
  [
    "question",
    /^(?:what|what's|when|where|where's|who|who's|why|how|which|do|does|did|is|are|can|could|will|would|have|has|should)\b|\b(?:do you|are you|is there|are there|can you tell|could you tell|i(?:'d| would) like to know|wondering|how much|how long|how many|what(?:'s| is| are)|where(?:'s| is| are)|tell me|is it|can i|price|cost|address|opening hours|timings?)\b/,
  ],
];

export function parseIntents(text: string): ReadonlySet<Intent> {
  const plain = normalise(text);
  const found = new Set<Intent>();
  for (const [intent, pattern] of PATTERNS) if (pattern.test(plain)) found.add(intent);
  return found;
}

const YES =
  /^(?:yes|yeah|yea|yep|yup|ya|yah|sure|okay|ok|k|correct|right|perfect|great|exactly|absolutely|definitely|certainly|indeed|alright|all right|fine|good|lovely|haan|han|ji|aye|please do|please|go ahead|of course|sounds good|that(?:'s| is) (?:right|correct|fine|good|great|perfect|okay|ok|it)|that works|works for me|it is|i do|i would|do that|book it|let's do (?:that|it)|no problem|no worries|not a problem|that one|uh huh|use (?:this|that|it)|this (?:one|number)|the same|same)\b/;
const NO =
  /^(?:no|nope|nah|nay|not|negative|wrong|incorrect|don't|do not|never|nahi|nahin|that(?:'s| is) (?:wrong|not|incorrect)|it(?:'s| is) (?:wrong|not)|i don't|i do not|i'd rather not|neither|none|nothing|can't|cannot|no thanks)\b/;
const NO_MEANS_YES =
  /^no,? ?(?:that(?:'s| is) (?:fine|right|correct|okay|ok|good|perfect)|problem|worries|it(?:'s| is) (?:fine|right|correct))/;

/** The first word that decides, after a greeting or a hesitation. "No, that's fine" is a yes. */
export function parseYesNo(text: string): "yes" | "no" | undefined {
  const plain = normalise(text).replace(/^(?:oh|well|so|and|i think|i guess|hello|hi|actually) +/g, "");
  if (NO_MEANS_YES.test(plain)) return "yes";
  if (NO.test(plain)) return "no";
  if (YES.test(plain)) return "yes";
  if (/\b(?:yes|yeah|correct|please do|go ahead|sounds good|that works)\b/.test(plain)) {
    return /\b(?:no|not|don't|isn't)\b/.test(plain) ? undefined : "yes";
  }
  return /\b(?:no thanks|no thank you|not really|that's wrong|isn't right|not right)\b/.test(plain) ? "no" : undefined;
}

/** Position in a list of offers: 0-based, −1 is the last. */
export function parseOrdinalChoice(text: string): number | undefined {
  const plain = normalise(text);
  if (/\b(?:first|1st|earlier|earliest|former|option (?:one|1)|number (?:one|1))\b/.test(plain)) return 0;
  if (/\b(?:second|2nd|middle|option (?:two|2)|number (?:two|2))\b/.test(plain)) return 1;
  if (/\b(?:third|3rd|option (?:three|3)|number (?:three|3))\b/.test(plain)) return 2;
  return /\b(?:last|later|latest|latter)\b/.test(plain) ? -1 : undefined;
}
