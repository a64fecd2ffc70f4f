ALTER TABLE "agents" ADD COLUMN "screening" jsonb;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "verdict_at_ms" integer;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "evidence" jsonb;