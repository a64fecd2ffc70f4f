/** Remembers what a pure function of a text gave: a turn asks ten parsers about the same words, and a business's own words never change. */
export function memoised<T>(of: (text: string) => T, capacity = 1024): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const result = of(text);
    if (known.size >= capacity) known.clear();
    known.set(text, result);
    return result;
  };
}
