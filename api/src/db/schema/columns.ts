/** What every table shares: the clock's precision and the wall between tenants. */
import { boolean, pgTable, text, timestamp } from "drizzle-orm/pg-core";

export const at = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const workspaces = pgTable("workspaces", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  /** Webhooks may be http and may point at this machine. */
  localDevelopment: boolean("local_development").notNull().default(false),
  createdAt: at("created_at").notNull(),
});

export const tenant = {
  workspaceId: text("workspace_id")
    .notNull()
    .references(() => workspaces.id),
  livemode: boolean("livemode").notNull(),
};
