"""The first tables of saved searches."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Saved searches and looks at them."""

    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(db_index=True, max_length=60)),
                ("name", models.CharField(max_length=80)),
                ("page", models.CharField(max_length=20)),
                ("query", models.TextField()),
                ("shared", models.BooleanField(db_index=True, default=False)),
                ("made", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person", models.CharField(max_length=60)),
                ("position", models.BigIntegerField()),
                (
                    "search",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="saved.savedsearch"),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.UniqueConstraint(fields=("search", "person"), name="look_once"),
        ),
    ]
