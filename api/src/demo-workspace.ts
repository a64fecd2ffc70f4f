/** The business of a new installation: one that can be called and booked at once, open every day. */
import { type Hours, type KnowledgeEntry, WEEKDAYS } from "./contract/agent.ts";
import type { agents, services } from "./db/schema.ts";

export const DEMO_NAME = "Asha Dental and Wellness";

export const DEMO_RESOURCE = "Dr. Asha";

const DAY = [{ from: "09:00", to: "18:00" }];
const rupees = (amount: number) => ({ amount, currency: "INR" });

type AgentValues = Omit<typeof agents.$inferInsert, "workspaceId" | "livemode">;

export const DEMO_AGENT: AgentValues = {
  businessName: DEMO_NAME,
  agentName: "Suki",
  greeting: "Hello, this is Suki, the AI assistant of Asha Dental and Wellness. How can I help you?",
  recordingNotice: "This call is recorded.",
  recordCalls: true,
  voice: "default",
  languages: ["en-IN"],
  timeZone: "Asia/Kolkata",
  country: "IN",
  hours: Object.fromEntries(WEEKDAYS.map((day) => [day, DAY])) as Hours,
  numbers: ["+914440001234"],
  slotStepMinutes: 30,
};

type ServiceValues = Pick<typeof services.$inferInsert, "name" | "aliases" | "durationMinutes" | "price">;

export const DEMO_SERVICES: ServiceValues[] = [
  {
    name: "Consultation",
    aliases: ["appointment", "visit", "check-up", "checkup", "check up", "see the doctor", "see the dentist"],
    durationMinutes: 30,
    price: rupees(500),
  },
  {
    name: "Teeth cleaning",
    aliases: ["cleaning", "scaling", "polishing", "clean my teeth"],
    durationMinutes: 30,
    price: rupees(1200),
  },
  { name: "Filling", aliases: ["cavity", "tooth filling"], durationMinutes: 60, price: rupees(1800) },
  { name: "Root canal", aliases: ["root canal treatment"], durationMinutes: 90, price: rupees(6500) },
  { name: "Teeth whitening", aliases: ["whitening", "bleaching"], durationMinutes: 60, price: rupees(7000) },
];

export const DEMO_KNOWLEDGE: Omit<KnowledgeEntry, "id">[] = [
  {
    questions: [
      "What are your opening hours?",
      "When are you open?",
      "Are you open on Sunday?",
      "What time do you close?",
    ],
    answer: "We are open every day from nine in the morning to six in the evening.",
  },
  {
    questions: ["Where are you located?", "What is your address?", "How do I get there?"],
    answer: "We are at twelve Second Main Road, Gandhi Nagar, Adyar, Chennai, next to the post office.",
  },
  {
    questions: ["Is there parking?", "Where can I park?", "Do you have a car park?"],
    answer: "Yes, there is free parking for patients behind the building.",
  },
  {
    questions: [
      "How much is a consultation?",
      "What does it cost?",
      "What are your prices?",
      "How much do you charge?",
    ],
    answer:
      "A consultation is five hundred rupees and a cleaning is twelve hundred rupees. The doctor tells you the price of any treatment before it begins.",
  },
  {
    questions: ["How can I pay?", "Do you take cards?", "Can I pay by UPI?", "Do you accept cash?"],
    answer: "You can pay by U P I, by card or in cash.",
  },
  {
    questions: ["Do you accept insurance?", "Is my insurance covered?", "Can I claim this on insurance?"],
    answer: "We do not bill insurers directly, but we give you a detailed receipt that you can claim with.",
  },
  {
    questions: [
      "Can I cancel my appointment?",
      "What is your cancellation policy?",
      "What if I can't come?",
      "Can I change my appointment?",
    ],
    answer: "You can cancel or move an appointment free of charge up to two hours before it.",
  },
  {
    questions: ["Do you treat children?", "Can I bring my child?", "Do you see kids?"],
    answer: "Yes, we treat children from the age of three.",
  },
  {
    questions: [
      "Do you handle emergencies?",
      "I have a bad toothache, what should I do?",
      "Can I come without an appointment?",
    ],
    answer:
      "For severe pain, swelling or an injury you can come without an appointment during opening hours and we will see you as soon as we can.",
  },
  {
    questions: ["Who is the dentist?", "Which doctor will I see?", "Who is the doctor?"],
    answer: "You will see Doctor Asha, who has been a dentist for fifteen years.",
  },
];
