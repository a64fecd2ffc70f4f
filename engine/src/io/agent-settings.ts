/**
 * What the api says about the business, asked again every few seconds. The last answer is kept on disk, so that an engine that starts
 * while the api is down still answers the phone.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { AgentSettings } from "@sk-voice/api/contract/index.ts";
import type { Suite } from "../receptionist/suite.ts";
import type { Log } from "./log.ts";

const REFRESH_MS = 10_000;
const RETRY_MS = 500;

export interface AgentSettingsOptions {
  readonly suite: Suite;
  /** Where the last answer is kept. */
  readonly path: string;
  readonly onChange: (settings: AgentSettings) => void;
  readonly log: Log;
}

export class AgentSettingsSource {
  #current: AgentSettings | undefined;
  #text = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(private readonly options: AgentSettingsOptions) {}

  get current(): AgentSettings | undefined {
    return this.#current;
  }

  /** Resolves with the first settings: from the api, or from the last run. Waits for ever when there are neither. */
  async first(): Promise<AgentSettings> {
    for (let tries = 0; !this.#current; tries++) {
      await this.#refresh(tries === 0);
      if (!this.#current && tries === 4) this.#readKept();
      if (!this.#current) await Bun.sleep(RETRY_MS);
    }
    this.#schedule();
    return this.#current;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#refresh(false).finally(() => this.#schedule()), REFRESH_MS);
  }

  async #refresh(warn: boolean): Promise<void> {
    try {
      this.#take(await this.options.suite.agent());
    } catch (error) {
      if (warn) this.options.log.warn({ err: error }, "the api does not tell the agent's settings yet");
    }
  }

  #take(settings: AgentSettings): void {
    const text = JSON.stringify(settings);
    if (text === this.#text) return;
    this.#text = text;
    this.#current = settings;
    this.#keep(text);
    this.options.onChange(settings);
  }

  /** A full disk does not keep new settings from the calls. */
  #keep(text: string): void {
    const { path, log } = this.options;
    try {
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (err) {
      log.error({ err }, "the agent's settings cannot be kept on disk; a start without the api would use older ones");
    }
  }

  #readKept(): void {
    const { path, log } = this.options;
    if (!existsSync(path)) return;
    const kept = AgentSettings.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (!kept.success) return;
    log.warn("the api is not there; answering with the settings of the last run");
    this.#current = kept.data;
  }
}
