"""The table of drafts."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Drafts."""

    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token", models.CharField(max_length=36)),
                ("person", models.CharField(help_text="The person's id in the journal.", max_length=60)),
                ("place", models.CharField(help_text="The address of the form.", max_length=200)),
                ("given", models.TextField(help_text="The fields of the form, as JSON.")),
                ("kept", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["person", "place"], name="draft_place")],
                "constraints": [models.UniqueConstraint(fields=("person", "token"), name="draft_of_person")],
            },
        ),
    ]
