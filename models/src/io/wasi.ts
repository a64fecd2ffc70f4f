/**
 * The few WASI (preview 1) calls that a command-line program in WebAssembly needs to read its arguments and write one file, all in memory.
 * Bun's own `node:wasi` wants a real directory on disk for that file.
 */
const OK = 0;
const BAD_FILE = 8;
const PREOPENED_FD = 3;
const FILE_FD = 4;
const DIRECTORY = 3;
const REGULAR_FILE = 4;

/** Thrown by `proc_exit`, which must not return. */
class Exit extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

export interface ProgramResult {
  readonly exitCode: number;
  /** What the program wrote to the file it opened. */
  readonly file: Uint8Array<ArrayBuffer>;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a WASI command to its end on this thread. `args[0]` is the program's own name. Throws what the program traps with. */
export function runProgram(module: WebAssembly.Module, args: readonly string[]): ProgramResult {
  const program = new Program(args);
  return program.run(module);
}

class Program {
  #memory = new WebAssembly.Memory({ initial: 0 });
  readonly #args: Uint8Array[];
  #file = new Uint8Array(65_536);
  #fileLength = 0;
  #position = 0;
  readonly #console: [string, string] = ["", ""];

  constructor(args: readonly string[]) {
    this.#args = args.map((arg) => new TextEncoder().encode(`${arg}\0`));
  }

  run(module: WebAssembly.Module): ProgramResult {
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: this.#imports() });
    this.#memory = instance.exports["memory"] as WebAssembly.Memory;
    let exitCode = 0;
    try {
      (instance.exports["_start"] as () => void)();
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      exitCode = error.code;
    }
    const [stdout, stderr] = this.#console;
    return { exitCode, file: this.#file.slice(0, this.#fileLength), stdout, stderr };
  }

  get #view(): DataView {
    return new DataView(this.#memory.buffer);
  }

  #imports(): WebAssembly.ModuleImports {
    return {
      args_sizes_get: (count: number, bytes: number) => {
        this.#view.setUint32(count, this.#args.length, true);
        this.#view.setUint32(
          bytes,
          this.#args.reduce((sum, arg) => sum + arg.length, 0),
          true,
        );
        return OK;
      },
      args_get: (pointers: number, bytes: number) => this.#writeArgs(pointers, bytes),
      clock_time_get: (_id: number, _precision: bigint, time: number) => {
        this.#view.setBigUint64(time, 0n, true);
        return OK;
      },
      fd_prestat_get: (fd: number, result: number) => {
        if (fd !== PREOPENED_FD) return BAD_FILE;
        this.#view.setUint32(result, 0, true);
        this.#view.setUint32(result + 4, 1, true);
        return OK;
      },
      fd_prestat_dir_name: (_fd: number, path: number) => {
        this.#view.setUint8(path, "/".charCodeAt(0));
        return OK;
      },
      fd_fdstat_get: (fd: number, result: number) => this.#writeFileStatus(fd, result),
      fd_fdstat_set_flags: () => OK,
      fd_close: () => OK,
      path_open: (...args: number[]) => {
        this.#position = 0;
        this.#view.setUint32(args[8]!, FILE_FD, true);
        return OK;
      },
      fd_read: (_fd: number, _vectors: number, _count: number, read: number) => {
        this.#view.setUint32(read, 0, true);
        return OK;
      },
      fd_seek: (_fd: number, offset: bigint, whence: number, result: number) => {
        const from = whence === 0 ? 0 : whence === 1 ? this.#position : this.#fileLength;
        this.#position = Math.max(0, from + Number(offset));
        this.#view.setBigUint64(result, BigInt(this.#position), true);
        return OK;
      },
      fd_write: (fd: number, vectors: number, count: number, written: number) =>
        this.#write(fd, vectors, count, written),
      proc_exit: (code: number) => {
        throw new Exit(code);
      },
    };
  }

  #writeArgs(pointers: number, bytes: number): number {
    for (const arg of this.#args) {
      this.#view.setUint32(pointers, bytes, true);
      new Uint8Array(this.#memory.buffer).set(arg, bytes);
      pointers += 4;
      bytes += arg.length;
    }
    return OK;
  }

  #writeFileStatus(fd: number, result: number): number {
    if (fd > FILE_FD) return BAD_FILE;
    const view = this.#view;
    view.setUint8(result, fd === PREOPENED_FD ? DIRECTORY : REGULAR_FILE);
    view.setUint16(result + 2, 0, true);
    view.setBigUint64(result + 8, 0xffff_ffffn, true);
    view.setBigUint64(result + 16, 0xffff_ffffn, true);
    return OK;
  }

  #write(fd: number, vectors: number, count: number, written: number): number {
    let total = 0;
    for (let i = 0; i < count; i++) {
      const start = this.#view.getUint32(vectors + i * 8, true);
      const length = this.#view.getUint32(vectors + i * 8 + 4, true);
      const bytes = new Uint8Array(this.#memory.buffer, start, length);
      if (fd >= FILE_FD) this.#append(bytes);
      else this.#console[fd === 2 ? 1 : 0] += new TextDecoder().decode(bytes.slice());
      total += length;
    }
    this.#view.setUint32(written, total, true);
    return OK;
  }

  #append(bytes: Uint8Array): void {
    const end = this.#position + bytes.length;
    if (end > this.#file.length) {
      const grown = new Uint8Array(Math.max(end, this.#file.length * 2));
      grown.set(this.#file.subarray(0, this.#fileLength));
      this.#file = grown;
    }
    this.#file.set(bytes, this.#position);
    this.#position = end;
    this.#fileLength = Math.max(this.#fileLength, end);
  }
}
