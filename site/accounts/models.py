"""People: one account each, signed in by e-mail."""

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from accounts import prepared


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """A new account; the address is kept in lower case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )

    def get(self, *args: Any, **kwargs: Any) -> "User":
        """As always; by the key alone, as each request asks for its reader, without
        building the query again."""
        key = kwargs.get("pk")
        plain = type(self) is UserManager  # that of a relation filters
        if not plain or args or len(kwargs) > 1 or self._db or type(key) is not int:
            return super().get(*args, **kwargs)
        return self._by_key(key)

    def _by_key(self, key: int) -> "User":
        statement, names = self._select_by_key
        row = prepared.first_row(statement, {"key": key})
        if row is None:
            raise self.model.DoesNotExist
        return self.model.from_db("default", names, row)

    @cached_property
    def _select_by_key(self) -> tuple[str, list[str]]:
        """The statement and the names of what it answers."""
        fields = self.model._meta.concrete_fields
        columns = ", ".join(f'"{field.column}"' for field in fields)
        table = self.model._meta.db_table
        statement = f'SELECT {columns} FROM "{table}" WHERE id = %(key)s'  # noqa: S608
        return statement, [field.attname for field in fields]

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. `is_staff` opens Django's own admin (raw Stripe rows), owners only."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        help_text=_("Of the pages, mails and receipts this person gets."),
    )
    timezone = models.CharField(
        _("time zone"),
        max_length=64,
        default="Europe/Madrid",
        help_text=_("Dates and unlock times are shown in this zone."),
    )
    avatar = models.ImageField(_("picture"), upload_to="images/avatars", blank=True)
    is_staff = models.BooleanField(_("owner of the school"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_ci")
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def has_roles(self) -> bool:
        """Whether the person is in any group or holds any permission: most have none.

        One query; who reads it along with something else may set it.
        """
        role = models.Q(groups__isnull=False) | models.Q(user_permissions__isnull=False)
        return User.objects.filter(role, pk=self.pk).exists()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """As Django's; somebody without any role is refused without a query."""
        if not (self.is_superuser or self.has_roles):
            return False
        return super().has_perm(perm, obj)

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return (self.name or self.email).split(" ")[0]

    @property
    def first_name(self) -> str:
        """Wagtail's user lists ask for it; AMI keeps one name."""
        return self.name

    @property
    def last_name(self) -> str:
        return ""


class MailPreference(models.Model):
    """Whether a person wants one kind of mail; without a row the kind's default holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="mail_preferences",
    )
    kind = models.CharField(_("kind of mail"), max_length=60)
    wanted = models.BooleanField(_("wanted"))
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("mail preference")
        verbose_name_plural = _("mail preferences")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], name="accounts_mail_preference_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.kind}"


class Consent(models.Model):
    """What a person accepted, and in which version: never changed afterwards.

    document: translation key of the page. version: its live revision then.
    Source: Regulation (EU) 2016/679, article 7(1).
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        on_delete=models.CASCADE,
        related_name="consents",
    )
    document = models.UUIDField(_("document"))
    title = models.CharField(_("title"), max_length=255)
    version = models.CharField(_("version"), max_length=60)
    language = models.CharField(_("language"), max_length=5)
    accepted_at = models.DateTimeField(_("accepted"), default=now)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering: ClassVar[list[str]] = ["-accepted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "document", "version"], name="accounts_consent_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.title} · {self.version}"
