import { defineConfig } from "drizzle-kit";

/** `bun drizzle-kit generate` after a change of the schema; the result is committed and runs at start. */
export default defineConfig({ dialect: "postgresql", schema: "./src/db/schema/*.ts", out: "./src/db/migrations" });
