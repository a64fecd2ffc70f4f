-- What was booked before buffers existed was refereed by its own times; from now on by what it blocks.
ALTER TABLE "appointments" DROP CONSTRAINT "appointments_one_winner";
--> statement-breakpoint
ALTER TABLE "appointments" ADD CONSTRAINT "appointments_one_winner" EXCLUDE USING gist (
  (workspace_id || ':' || livemode::text || ':' || resource) WITH =,
  tstzrange(blocked_from, blocked_until) WITH &&
) WHERE (status IN ('booked', 'rescheduled'));
--> statement-breakpoint
-- Names of resources become rows. Hexadecimal digits are digits of a ULID.
INSERT INTO "resources" ("id", "workspace_id", "livemode", "name", "created_at")
SELECT 'rsr_0' || upper(substr(md5(random()::text || name || workspace_id), 1, 25)), workspace_id, livemode, name, now()
FROM (SELECT DISTINCT workspace_id, livemode, unnest(resources) AS name FROM "agents") AS named;
--> statement-breakpoint
-- Robocalls of before are in quarantine.
UPDATE "calls" SET "quarantined_at" = coalesce("ended_at", "started_at"), "signals" = '[]'::jsonb WHERE "verdict" = 'robocall';
--> statement-breakpoint
-- The role every request works as: it sees the rows of the workspace and environment that its transaction names, and no others.
-- Roles belong to the cluster, so another database may have made it already.
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sk_voice_tenant') THEN
    CREATE ROLE sk_voice_tenant NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;
  WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'sk-voice needs the role sk_voice_tenant: as a superuser run  CREATE ROLE sk_voice_tenant NOLOGIN; GRANT sk_voice_tenant TO %;  and start again', current_user
      USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
DO $$ BEGIN
  IF NOT pg_has_role(current_user, 'sk_voice_tenant', 'MEMBER') THEN
    EXECUTE format('GRANT sk_voice_tenant TO %I', current_user);
  END IF;
END $$;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO sk_voice_tenant;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO sk_voice_tenant;
--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO sk_voice_tenant;
--> statement-breakpoint
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['engine_reports', 'idempotency_keys', 'agents', 'services', 'knowledge_versions', 'calls', 'transcripts', 'test_calls', 'appointments', 'resources', 'calendar_feeds', 'contacts', 'leads', 'call_sessions', 'contact_timeline', 'api_keys', 'audit_entries', 'suite_remotes', 'tickets', 'ticket_messages', 'ticket_evidence', 'events', 'webhooks', 'deliveries'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant_wall ON %I TO sk_voice_tenant USING (workspace_id = (SELECT current_setting(''app.workspace'', true)) AND livemode::text = (SELECT current_setting(''app.livemode'', true)))',
      name
    );
  END LOOP;
END $$;
--> statement-breakpoint
ALTER TABLE "workspaces" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant_wall ON "workspaces" TO sk_voice_tenant USING (id = (SELECT current_setting('app.workspace', true)));
--> statement-breakpoint
-- Rows without a tenant of their own follow the row they belong to, which is behind its own wall.
ALTER TABLE "lead_interests" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant_wall ON "lead_interests" TO sk_voice_tenant USING (EXISTS (SELECT FROM leads WHERE leads.id = lead_id));
--> statement-breakpoint
ALTER TABLE "delivery_attempts" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY tenant_wall ON "delivery_attempts" TO sk_voice_tenant USING (EXISTS (SELECT FROM deliveries WHERE deliveries.id = delivery_id));
--> statement-breakpoint
CREATE FUNCTION sk_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  -- Erasing a person is the one reason to touch what was written; the audit log holds no person.
  IF TG_TABLE_NAME <> 'audit_entries' AND current_setting('app.erasure', true) = 'on' THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['audit_entries', 'contact_timeline', 'ticket_messages'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION sk_append_only()', name);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION sk_append_only()', name);
  END LOOP;
END $$;
