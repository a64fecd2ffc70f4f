/** argon2id by Bun, in its thread pool: 19 MiB and 2 passes, OWASP's first recommendation. */
const OPTIONS = { algorithm: "argon2id", memoryCost: 19_456, timeCost: 2 } as const;
/** Each verification holds 19 MiB: more at once wait their turn. */
const AT_ONCE = 2;

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

export function hashPassword(password: string): Promise<string> {
  return inTurn(() => Bun.password.hash(password, OPTIONS));
}

let nobody: Promise<string> | undefined;

/** @param hash undefined for a login that does not exist: it takes as long as one that does */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  nobody ??= hashPassword(crypto.randomUUID());
  const against = hash ?? (await nobody);
  const fits = await inTurn(() => Bun.password.verify(password, against));
  return fits && hash !== undefined;
}
