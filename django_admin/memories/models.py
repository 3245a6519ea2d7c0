"""Whose memories are still to be deleted at the router."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import models


class Departure(models.Model):
    """A person whose account was deleted; the row goes when the router keeps nothing of theirs any more.

    Attributes:
        user_id: As it was in the identity that the router knows.
        username: Likewise, for the token and the log.
        left_at: When the account was deleted.
    """

    user_id = models.CharField(max_length=64, primary_key=True)
    username = models.CharField(max_length=150)
    left_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[Sequence[str]] = ["left_at"]

    def __str__(self) -> str:
        return self.username
