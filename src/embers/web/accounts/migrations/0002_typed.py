"""What somebody typed at an interview and has not signed."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One table."""

    dependencies: ClassVar = [("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Typed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "person",
                    models.CharField(help_text="The person's id in the journal.", max_length=60),
                ),
                (
                    "place",
                    models.CharField(help_text="The subject id of the interview.", max_length=120),
                ),
                ("fields", models.TextField(help_text="The form's fields, as JSON.")),
                ("kept", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "place"), name="typed_once")],
            },
        ),
    ]
