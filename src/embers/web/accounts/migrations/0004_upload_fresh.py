"""Whether bytes came with an upload or were here before: only the former are swept."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column. Of uploads before it nobody knows, so nothing of theirs is swept."""

    dependencies: ClassVar = [("accounts", "0003_tokens")]

    operations: ClassVar = [
        migrations.AddField("upload", "fresh", models.BooleanField(default=False)),
    ]
