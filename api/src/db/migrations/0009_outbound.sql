ALTER TABLE "calls" ADD COLUMN "direction" text DEFAULT 'inbound' NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "sip" jsonb;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "failure" jsonb;--> statement-breakpoint
ALTER TABLE "test_calls" ADD COLUMN "call_id" text;--> statement-breakpoint
ALTER TABLE "test_calls" ADD COLUMN "failure" jsonb;