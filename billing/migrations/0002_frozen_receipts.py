from django.db import migrations

FREEZE = """
CREATE FUNCTION billing_freeze_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'receipt % was issued: correct it by a credit note', OLD.id;
    END IF;
    IF (NEW.series_id, NEW.number, NEW.kind, NEW.source, NEW.issued_at, NEW.language,
        NEW.currency, NEW.total, NEW.snapshot)
       IS DISTINCT FROM
       (OLD.series_id, OLD.number, OLD.kind, OLD.source, OLD.issued_at, OLD.language,
        OLD.currency, OLD.total, OLD.snapshot)
       OR NEW.corrects_id IS DISTINCT FROM OLD.corrects_id THEN
        RAISE EXCEPTION 'receipt % was issued and cannot be changed', OLD.id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_freeze_receipt BEFORE UPDATE OR DELETE ON billing_receipt
    FOR EACH ROW EXECUTE FUNCTION billing_freeze_receipt();
"""
THAW = """
DROP TRIGGER billing_freeze_receipt ON billing_receipt;
DROP FUNCTION billing_freeze_receipt();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunSQL(FREEZE, THAW)]
