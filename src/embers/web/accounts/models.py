"""An account is how somebody logs in. Who they are and what they may do stands in the journal.

What a program does for them goes with a token of the account, which can only ever do less than its person.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Account(AbstractBaseUser):
    """A log-in name and password of one person of the case. An account is disabled, never deleted."""

    name = models.CharField(max_length=40, unique=True)
    person = models.CharField(max_length=60, unique=True, help_text="The person's id in the journal.")
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager()


class Invitation(models.Model):
    """A one-time address at which one person makes their account. Only the digest of its secret is kept."""

    digest = models.CharField(primary_key=True, max_length=64)
    person = models.CharField(max_length=60)
    expires = models.DateTimeField()


class ServerSecret(models.Model):
    """What all servers of these accounts sign sessions with, so that a log-in at one is good at every other."""

    value = models.CharField(max_length=100)


class Token(models.Model):
    """What a program logs in with. Only the digest of its secret is kept."""

    digest = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    scopes = models.TextField(help_text="Names of permissions, separated by a space.")
    level = models.SmallIntegerField(help_text="The highest level of handling marking it reads.")
    created = models.DateTimeField()
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)


class Upload(models.Model):
    """Bytes somebody sent that no entry names yet. Only who sent them can make an item of them."""

    person = models.CharField(max_length=60)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    at = models.DateTimeField()
    fresh = models.BooleanField(
        default=False, help_text="Whether the bytes came with it, or were here before."
    )

    class Meta:
        """Sent again, it is the same upload."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "sha256"], name="upload_once")]


class KeyedAct(models.Model):
    """One act that was asked for under an idempotency key, and its answer once it is done.

    ``seed`` is what the ids of the act are drawn from until it is answered: an entry that was signed before a crash
    is found by them.
    """

    digest = models.CharField(primary_key=True, max_length=64)
    request = models.CharField(max_length=64, help_text="Digest of method, address and body.")
    seed = models.CharField(max_length=64)
    log = models.CharField(max_length=120)
    size = models.BigIntegerField(help_text="Entries of the log before the act.")
    answer = models.TextField()
    at = models.DateTimeField()
