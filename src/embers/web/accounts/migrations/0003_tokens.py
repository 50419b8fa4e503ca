"""Tables of the API: tokens, uploads, acts under an idempotency key."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """Tokens, uploads, keyed acts."""

    dependencies: ClassVar = [("accounts", "0002_serversecret")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", _ID),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=60)),
                ("scopes", models.TextField(help_text="Names of permissions, separated by a space.")),
                (
                    "level",
                    models.SmallIntegerField(help_text="The highest level of handling marking it reads."),
                ),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField()),
                ("used", models.DateTimeField(null=True)),
                ("revoked", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", _ID.clone()),
                ("person", models.CharField(max_length=60)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["person", "sha256"], name="upload_once")]
            },
        ),
        migrations.CreateModel(
            name="KeyedAct",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("request", models.CharField(help_text="Digest of method, address and body.", max_length=64)),
                ("seed", models.CharField(max_length=64)),
                ("log", models.CharField(max_length=120)),
                ("size", models.BigIntegerField(help_text="Entries of the log before the act.")),
                ("answer", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
