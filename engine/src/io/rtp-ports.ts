/** Even UDP ports for RTP, handed out round robin so that a port just freed is the last to be used again (late packets of a call that ended). */
export class RtpPorts {
  readonly #free: number[] = [];
  readonly #taken = new Set<number>();

  constructor(minPort: number, maxPort: number) {
    for (let port = minPort + (minPort % 2); port <= maxPort; port += 2) this.#free.push(port);
  }

  /** `undefined` when all are in use. */
  take(): number | undefined {
    const port = this.#free.shift();
    if (port !== undefined) this.#taken.add(port);
    return port;
  }

  give(port: number): void {
    if (this.#taken.delete(port)) this.#free.push(port);
  }

  get takenCount(): number {
    return this.#taken.size;
  }
}
