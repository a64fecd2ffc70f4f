/** What a caller wants and how they speak. Their part is played by `speaker.ts`. Now is Monday 23 November 2026, 10 am, at the salon of the tests. */
import type { Outcome } from "@sk-voice/api/contract/index.ts";
import type { FLITE_VOICES } from "@sk-voice/models/io/embedded-tts.ts";

export interface Aside {
  /** Her words it answers; said once. */
  readonly when: RegExp;
  readonly say: string;
}

export interface DialogueCaller {
  readonly id: string;
  readonly voice: (typeof FLITE_VOICES)[number];
  /** Playing speed: 1.1 is faster and higher. */
  readonly rate?: number;
  /** Background noise below speech, dB; none without it. */
  readonly snrDb?: number;
  /** Of packets to her, 0 to 1. */
  readonly loss?: number;
  /** `null`: withheld. */
  readonly from?: string | null;
  readonly opening: string;
  /** "half past four on Friday", said when she asks for day or time, or reads back something else. */
  readonly wish?: string;
  /** As she reads it back: "Friday the 27th of November at 4:30 pm". */
  readonly at?: string;
  readonly service?: string;
  readonly name?: string;
  /** Said when her question is not foreseen or she offers times. */
  readonly choice?: string;
  /** What a message is about. */
  readonly message?: string;
  readonly asides?: readonly Aside[];
  /** Talks over her turn of this number (0 is the greeting), this long after she began. */
  readonly interrupt?: { readonly turn: number; readonly afterMs: number; readonly say: string };
  /** Does not answer her turn of this number. */
  readonly silentAt?: number;
  /** Had this appointment before the call: service and RFC 3339 start. */
  readonly had?: { readonly service: string; readonly startsAt: string; readonly name: string };
  /** Starts that are taken, RFC 3339. */
  readonly taken?: readonly string[];
  readonly expects: {
    readonly outcome: Outcome;
    /** The only live appointment at the end. */
    readonly startsAt?: string;
    readonly service?: string;
  };
}
