-- The referee of bookings: two live appointments never share a resource for a moment, whatever their lengths.
-- btree_gist is a trusted extension: the owner of the database may create it.
CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_one_winner" EXCLUDE USING gist (
  (workspace_id || ':' || livemode::text || ':' || resource) WITH =,
  tstzrange(starts_at, ends_at) WITH &&
) WHERE (status IN ('booked', 'rescheduled'));
