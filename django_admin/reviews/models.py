"""What reviewers write about conversations, and the log of what they opened.

People stay as long as what they wrote and opened: who has reviewed is deactivated, not deleted.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from django_admin.conversations.models import Conversation

LABEL_CHARS = 40
NOTE_CHARS = 4000
PAGE_CHARS = 500


class Colour(models.TextChoices):
    """Of a label. The values are the variants that unfold's labels have."""

    GREY = "default", _("grey")
    BLUE = "info", _("blue")
    TEAL = "primary", _("teal")
    GREEN = "success", _("green")
    ORANGE = "warning", _("orange")
    RED = "danger", _("red")


class Label(models.Model):
    """A word from a small set that administrators keep, such as "wrong source"."""

    name = models.CharField(_("name"), max_length=LABEL_CHARS, unique=True)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.GREY)
    conversations = models.ManyToManyField(
        Conversation,
        through="AppliedLabel",
        related_name="labels",
        verbose_name=_("conversations"),
    )

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class AppliedLabel(models.Model):
    """A label on a conversation, and who put it there."""

    label = models.ForeignKey(Label, models.CASCADE, related_name="applied")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="applied_labels")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("conversation", "label"), name="one_label_each"),)

    def __str__(self) -> str:
        return f"{self.label}: {self.conversation}"


class Note(models.Model):
    """What a reviewer remarks on a conversation, for other reviewers."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(max_length=NOTE_CHARS)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")

    def __str__(self) -> str:
        return self.text[:60]


class Review(models.Model):
    """That a conversation has been reviewed, as far as it had gone then."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, primary_key=True, related_name="review")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.conversation}: {self.reviewer}"


class ReviewAccess(models.Model):
    """That somebody opened another person's conversation. Outlives it, and keeps its id."""

    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("reviewer")
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("whose")
    )
    conversation_id = models.UUIDField(_("conversation id"), db_index=True)
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True, db_index=True)
    page = models.CharField(
        _("from the page"),
        max_length=PAGE_CHARS,
        blank=True,
        help_text=_("The address the reviewer came from; empty when the browser did not say."),
    )

    class Meta:
        verbose_name = _("opened conversation")
        verbose_name_plural = _("opened conversations")
        ordering = ("-opened_at", "-pk")

    def __str__(self) -> str:
        return f"{self.reviewer} → {self.conversation_id}"
