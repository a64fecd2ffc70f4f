/**
 * How people open a call, written by hand: written requests alone leave half of them looking like robocalls ("hi this is Kevin, I'm the technician
 * outside"). Names and things are drawn, so that no line is learned by heart.
 */
import type { Random } from "./random.ts";

const NAMES = [
  "Kevin",
  "Priya",
  "Maria",
  "John Smith",
  "Anand",
  "Sarah",
  "Mohammed",
  "Lakshmi",
  "Tom",
  "Mrs Wilson",
  "Wei",
  "Deepa",
];
const PLACES = [
  "the school",
  "the bank",
  "Doctor Rao's office",
  "the garage",
  "the flat upstairs",
  "DHL",
  "Blue Dart",
  "City Hospital",
];
const THINGS = [
  "my order",
  "the invoice",
  "the appointment",
  "the delivery",
  "a refund",
  "my daughter",
  "the broken window",
  "the job",
];
const TIMES = ["tomorrow", "on Friday", "this afternoon", "at half past ten", "next week", "today", "after six"];

const OPENINGS = [
  "hi this is NAME I'm the technician outside",
  "hello my name is NAME I'm calling about THING",
  "hi it's NAME from PLACE I have THING for you and nobody is opening the door",
  "good morning is the doctor in TIME please",
  "yes hello I had a missed call from this number",
  "hello you called me TIME I'm just returning your call",
  "hi um I was wondering if you have anything free TIME",
  "hello can you hear me sorry the line is bad",
  "sorry I was on mute hello",
  "hi I need to speak to NAME please it is urgent",
  "hello this is NAME I'd like to know what it costs",
  "hi I'm running late for THING I should be there in ten minutes",
  "hello this is NAME speaking from PLACE regarding THING",
  "good afternoon I'm calling on behalf of my mother about THING",
  "yes I would like to cancel what I booked for TIME",
  "hi I left my umbrella there TIME did you find it",
  "hello is this the right number for THING",
  "this is the relay service I have a call from a person who is deaf or hard of hearing",
  "hello I am calling from PLACE to confirm THING TIME",
  "hi NAME here could you tell me your opening hours",
  "my address is flat number four second floor main road near the temple",
  "yes so I was there TIME and there is a problem with THING",
  "hello please give me appointment TIME",
  "hi I got a message from you about THING and I don't understand it",
  "hello I want to complain about THING it is still not working",
  "hey it's NAME are you open TIME",
  "good evening I'm a new customer a friend told me about you",
  "hello ma'am I am speaking for THING my name is NAME",
  "hi I am outside with a parcel for NAME which floor are you on",
  "I'm calling because the website would not let me pay for THING",
] as const;

export interface Opening {
  readonly text: string;
  /** Of its template. */
  readonly group: string;
}

/** `count` lines, every template as often. */
export function openings(count: number, random: Random): Opening[] {
  return Array.from({ length: count }, (_, n) => {
    const template = OPENINGS[n % OPENINGS.length]!;
    const text = template
      .replaceAll("NAME", random.pick(NAMES))
      .replaceAll("PLACE", random.pick(PLACES))
      .replaceAll("THING", random.pick(THINGS))
      .replaceAll("TIME", random.pick(TIMES));
    return { text, group: `opening ${template}` };
  });
}
