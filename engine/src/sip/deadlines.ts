/** Something that wants to be woken at a time that changes. */
export interface Timed {
  /** Monotonic ms; `Infinity` for never. */
  deadline(): number;
}

/** Binary heap of deadlines, so that thousands of transactions cost O(log n) each and the next one is known at once. */
export class Deadlines<T extends Timed> {
  readonly #heap: { item: T; at: number }[] = [];
  readonly #index = new Map<T, number>();

  get size(): number {
    return this.#heap.length;
  }

  /** `Infinity` when nothing waits. */
  next(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** The item whose deadline has come, `undefined` when there is none. It stays until `update` or `remove`. */
  due(now: number): T | undefined {
    const first = this.#heap[0];
    return first !== undefined && first.at <= now ? first.item : undefined;
  }

  /** Reads the item's deadline again; `Infinity` takes it out. */
  update(item: T): void {
    const at = item.deadline();
    if (at === Number.POSITIVE_INFINITY) return this.remove(item);
    const index = this.#index.get(item);
    if (index === undefined) {
      this.#heap.push({ item, at });
      this.#index.set(item, this.#heap.length - 1);
      this.#siftUp(this.#heap.length - 1);
      return;
    }
    this.#heap[index]!.at = at;
    this.#siftDown(this.#siftUp(index));
  }

  remove(item: T): void {
    const index = this.#index.get(item);
    if (index === undefined) return;
    this.#index.delete(item);
    const last = this.#heap.pop()!;
    if (last.item === item) return;
    this.#heap[index] = last;
    this.#index.set(last.item, index);
    this.#siftDown(this.#siftUp(index));
  }

  #siftUp(index: number): number {
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#heap[parent]!.at <= this.#heap[index]!.at) break;
      this.#swap(index, parent);
      index = parent;
    }
    return index;
  }

  #siftDown(index: number): void {
    for (;;) {
      let smallest = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#heap.length && this.#heap[child]!.at < this.#heap[smallest]!.at) smallest = child;
      }
      if (smallest === index) return;
      this.#swap(index, smallest);
      index = smallest;
    }
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a]!;
    const second = this.#heap[b]!;
    this.#heap[a] = second;
    this.#heap[b] = first;
    this.#index.set(second.item, a);
    this.#index.set(first.item, b);
  }
}
