"""A search somebody saved, and how far each person had seen its case when they last looked."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class SavedSearch(models.Model):
    """One search: the name of its list and what stands behind the question mark; ``owner`` is a person's id.

    The holder of the folder, who has no account, owns what has no owner.
    """

    owner = models.CharField(max_length=60, db_index=True)
    name = models.CharField(max_length=80)
    page = models.CharField(max_length=20)
    query = models.TextField()
    shared = models.BooleanField(default=False, db_index=True)
    made = models.DateTimeField(auto_now_add=True)


class Look(models.Model):
    """Up to which entry, in order of arrival, a person had seen the case when they last opened a search."""

    search = models.ForeignKey(SavedSearch, on_delete=models.CASCADE)
    person = models.CharField(max_length=60)
    position = models.BigIntegerField()

    class Meta:
        """One look of each person at each search."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["search", "person"], name="look_once")]
