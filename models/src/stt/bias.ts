/**
 * The business's own words as a trie of tokens, so that a beam which is spelling one of them gets a bonus. Words nobody says cost
 * nothing: the bonus of an unfinished word is taken back.
 */
interface Node {
  readonly children: Map<number, Node>;
  end: boolean;
}

/** Where a hypothesis stands in the trie. Immutable. */
export interface BiasState {
  readonly node: Node | undefined;
  /** Bonus received for the word in progress, to be taken back if it is not finished. */
  readonly pending: number;
}

export const BIAS_START: BiasState = { node: undefined, pending: 0 };

export interface BiasStep {
  readonly state: BiasState;
  /** Added to the hypothesis's score: positive, or negative when an unfinished word is given up. */
  readonly bonus: number;
}

export class BiasTrie {
  readonly #root: Node = { children: new Map(), end: false };

  /** `phrases` are token sequences, each beginning at a word boundary. `weight` is in nats per token. */
  constructor(
    phrases: Iterable<readonly number[]>,
    readonly weight: number,
  ) {
    for (const tokens of phrases) this.#add(tokens);
  }

  /** Tokens that would continue (or, at a word's start, begin) a phrase: candidates even when the model ranks them low. */
  *continuations(state: BiasState): Iterable<number> {
    if (state.node) yield* state.node.children.keys();
    else yield* this.#root.children.keys();
  }

  step(state: BiasState, token: number): BiasStep {
    const child = state.node?.children.get(token);
    if (child) return this.#enter(child, state.pending);
    const begun = this.#root.children.get(token);
    if (!begun) return { state: BIAS_START, bonus: -state.pending };
    const step = this.#enter(begun, 0);
    return { state: step.state, bonus: step.bonus - state.pending };
  }

  #enter(node: Node, pending: number): BiasStep {
    return { state: { node, pending: node.end ? 0 : pending + this.weight }, bonus: this.weight };
  }

  #add(tokens: readonly number[]): void {
    let node = this.#root;
    for (const token of tokens) {
      let child = node.children.get(token);
      if (!child) {
        child = { children: new Map(), end: false };
        node.children.set(token, child);
      }
      node = child;
    }
    if (node !== this.#root) node.end = true;
  }
}
