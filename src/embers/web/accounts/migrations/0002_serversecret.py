"""What several servers sign sessions with."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One row."""

    dependencies: ClassVar = [("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ServerSecret",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.CharField(max_length=100)),
            ],
        ),
    ]
