"""The first tables of accounts."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Accounts and invitations."""

    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("name", models.CharField(max_length=40, unique=True)),
                (
                    "person",
                    models.CharField(help_text="The person's id in the journal.", max_length=60, unique=True),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("person", models.CharField(max_length=60)),
                ("expires", models.DateTimeField()),
            ],
        ),
    ]
