/**
 * Test calls that the api's customers ask for ("call me"): claimed one by one, when the api says that there is one, and every few seconds in case it could not. A claim
 * that is not followed by a ring within 30 s goes to another engine, so nothing is kept here.
 */
import { TestCall, TestCallClaim } from "@sk-voice/api/contract/index.ts";
import type { Log } from "./log.ts";
import type { CallToPlace } from "./outbound-calls.ts";
import { askSuite, type SuiteHttpOptions } from "./suite-http.ts";

const LOOK_EVERY_MS = 15_000;

export interface TestCallSourceOptions {
  readonly suite: SuiteHttpOptions;
  /** False: this engine places no calls now, another may. */
  readonly isFree: () => boolean;
  readonly place: (call: CallToPlace) => void;
  readonly log: Log;
}

export class TestCallSource {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLooking = false;
  #lookAgain = false;
  #closed = false;

  constructor(private readonly options: TestCallSourceOptions) {}

  /** There may be one. Safe to call at any time. */
  wake(): void {
    if (this.#closed) return;
    if (this.#isLooking) this.#lookAgain = true;
    else void this.#look();
  }

  /** Best effort: the call's own reports tell what comes of it. */
  rings(testCallId: string, callId: string): void {
    const path = `/voice/v1/engine/test-calls/${testCallId}/progress`;
    askSuite(this.options.suite, TestCall, path, { call_id: callId, status: "ringing" }, `${callId}:ringing`).catch(
      (err: unknown) => this.options.log.warn({ callId, err }, "the api was not told that a call rings"),
    );
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    clearTimeout(this.#timer);
    do {
      this.#lookAgain = false;
      while (!this.#closed && this.options.isFree() && (await this.#claim())) {}
    } while (this.#lookAgain && !this.#closed);
    this.#isLooking = false;
    if (!this.#closed) this.#timer = setTimeout(() => this.wake(), LOOK_EVERY_MS);
  }

  /** False when there is none, or the api cannot say. */
  async #claim(): Promise<boolean> {
    try {
      const { test_call: call } = await askSuite(
        this.options.suite,
        TestCallClaim,
        "/voice/v1/engine/test-calls/claim",
        undefined,
        undefined,
      );
      if (call === null) return false;
      this.options.place({ to: call.to, testCallId: call.id, options: call.options });
      return true;
    } catch (err) {
      this.options.log.debug({ err }, "the api does not tell of test calls");
      return false;
    }
  }
}
