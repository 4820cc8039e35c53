import django.core.serializers.json
from django.db import migrations, models

# id, prev and hash are taken inside the trigger after the lock: an identity default would
# be drawn before it, and concurrent writers would break the chain.
CHAIN = """
CREATE FUNCTION audit_hash(
    prev text, id bigint, at timestamptz, actor text, action text, target text, data jsonb
) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(concat_ws('|',
        prev, id::text, extract(epoch FROM at)::text, actor, action, target, data::text
    ), 'UTF8')), 'hex')
$$;

CREATE FUNCTION audit_append() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
    PERFORM pg_advisory_xact_lock(7203115);
    SELECT id, hash INTO last FROM audit_auditevent ORDER BY id DESC LIMIT 1;
    NEW.id := coalesce(last.id, 0) + 1;
    NEW.prev := coalesce(last.hash, '');
    NEW.hash := audit_hash(
        NEW.prev, NEW.id, NEW.at, NEW.actor, NEW.action, NEW.target, NEW.data);
    RETURN NEW;
END $$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END $$;

CREATE TRIGGER audit_append BEFORE INSERT ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_append();
CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_auditevent
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
"""
UNCHAIN = """
DROP FUNCTION audit_append() CASCADE;
DROP FUNCTION audit_refuse() CASCADE;
DROP FUNCTION audit_hash(text, bigint, timestamptz, text, text, text, jsonb);
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True, verbose_name="when")),
                ("actor", models.CharField(max_length=200, verbose_name="who")),
                ("action", models.CharField(db_index=True, max_length=80, verbose_name="what")),
                ("target", models.CharField(db_index=True, max_length=200, verbose_name="to what")),
                (
                    "data",
                    models.JSONField(
                        default=dict,
                        encoder=django.core.serializers.json.DjangoJSONEncoder,
                        verbose_name="details",
                    ),
                ),
                ("prev", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "audit event",
                "verbose_name_plural": "audit events",
                "ordering": ["-id"],
            },
        ),
        migrations.RunSQL(CHAIN, UNCHAIN),
    ]
