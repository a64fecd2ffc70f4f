/** Days of the business's time zone as `YYYY-MM-DD`, and back to moments: the browser may be anywhere. */
export function dayOf(at: Date | string, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(new Date(at));
}

export function addDays(day: string, count: number): string {
  const at = new Date(`${day}T12:00:00Z`);
  at.setUTCDate(at.getUTCDate() + count);
  return at.toISOString().slice(0, 10);
}

/** 0 is Monday. */
export const weekdayOf = (day: string) => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7;

export const mondayOf = (day: string) => addDays(day, -weekdayOf(day));

/** Minutes after midnight in a time zone. */
export function minuteOf(at: string, timeZone: string): number {
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone, hour: "2-digit", minute: "2-digit" }).format(new Date(at));
  const [hour = 0, minute = 0] = text.split(":").map(Number);
  return hour * 60 + minute;
}

/** Midnight of a day in a time zone: two steps, because the offset is asked of a moment that is near, not there. */
export function startOfDay(day: string, timeZone: string): Date {
  let at = new Date(`${day}T00:00:00Z`);
  for (let step = 0; step < 2; step++) {
    const shown = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" }).format(at);
    at = new Date(at.getTime() - (Date.parse(`${shown.replace(" ", "T")}Z`) - Date.parse(`${day}T00:00:00Z`)));
  }
  return at;
}
