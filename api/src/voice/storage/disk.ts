import { realpath, rm, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import type { RecordingStore } from "./store.ts";

/** Where the file really is, and only if that is inside the folder: the path comes from a report. */
async function inside(folder: string, path: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder);
    const file = await realpath(resolve(root, path));
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

export function diskStore(folder: string): RecordingStore {
  return {
    async open(path) {
      const name = await inside(folder, path);
      if (name === undefined) return undefined;
      const file = Bun.file(name);
      return { bytes: file.size, slice: (first, end) => file.slice(first, end).bytes() };
    },
    async remove(path) {
      const name = await inside(folder, path);
      if (name !== undefined) await rm(name, { force: true });
      return true;
    },
  };
}
