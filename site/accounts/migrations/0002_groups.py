from django.db import migrations


def create_owners(apps, schema_editor):
    """Editors and Moderators are Wagtail's own groups; Owners join them."""
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    owners, _ = group_model.objects.get_or_create(name="Owners")
    access = permission_model.objects.filter(
        codename="access_admin", content_type__app_label="wagtailadmin"
    ).first()
    if access:
        owners.permissions.add(access)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
    ]
    operations = [migrations.RunPython(create_owners, migrations.RunPython.noop)]
