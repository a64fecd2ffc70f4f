/** The few calls of the C library that Bun has no words for. Linux only: numbers of options and layouts of structures are its own. */
import { dlopen, FFIType } from "bun:ffi";

const { i32, u32, u64, ptr, i64_fast: size } = FFIType;

const SYMBOLS = {
  setsockopt: { args: [i32, i32, i32, ptr, u32], returns: i32 },
  getsockname: { args: [i32, ptr, ptr], returns: i32 },
  socket: { args: [i32, i32, i32], returns: i32 },
  bind: { args: [i32, ptr, u32], returns: i32 },
  close: { args: [i32], returns: i32 },
  recvmmsg: { args: [i32, ptr, u32, i32, ptr], returns: i32 },
  sendto: { args: [i32, ptr, u64, i32, ptr, u32], returns: size },
  __errno_location: { args: [], returns: ptr },
  clock_gettime: { args: [i32, ptr], returns: i32 },
} as const;

export type Libc = ReturnType<typeof dlopen<typeof SYMBOLS>>["symbols"];

let loaded: Libc | undefined;

/** `undefined` on other systems, and where the library cannot be loaded. glibc's name first, then the one musl (Alpine) has. */
export function loadLibc(): Libc | undefined {
  if (process.platform !== "linux") return undefined;
  for (const name of ["libc.so.6", "libc.so"]) loaded ??= open(name);
  return loaded;
}

function open(name: string): Libc | undefined {
  try {
    return dlopen(name, SYMBOLS).symbols;
  } catch {
    // The next name may be the right one; callers do without.
    return undefined;
  }
}
