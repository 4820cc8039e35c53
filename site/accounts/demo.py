"""The demo school's people."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts.hooks import Write
from accounts.models import User

PASSWORD = "ami-demo-2026"  # noqa: S105  a public demo's; production never loads it
PEOPLE = [
    # address, name, language, group, owner
    ("ana@example.com", "Ana Torres", "es", None, False),
    ("luis@example.com", "Luis Vega", "es", None, False),
    ("eva@example.com", "Eva Editora", "es", "Editors", False),
    ("olga@example.com", "Olga Ortiz", "es", "Owners", True),
]


def load(write: Write) -> None:
    """Create the people that are not there yet; existing ones are left as they are."""
    for email, name, language, group, is_owner in PEOPLE:
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User.objects.create_user(
                email=email,
                password=PASSWORD,
                name=name,
                language=language,
                is_staff=is_owner,
                is_superuser=is_owner,
            )
            write(f"person {email}")
        EmailAddress.objects.get_or_create(
            user=user, email=email, defaults={"verified": True, "primary": True}
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
