"""What reviewers write. The messages themselves are never changed."""

from uuid import UUID

from django.utils import timezone

from django_admin.accounts.models import User
from django_admin.reviews.access import access_own_note, access_reviewed
from django_admin.reviews.models import NOTE_CHARS, AppliedLabel, Label, Note, Review
from narutalk.errors import InvalidInput, NotFound


def do_add_note(reviewer: User, conversation_id: UUID, text: str) -> Note:
    """Remark something on a conversation.

    Raises:
        Forbidden: This person is no reviewer.
        NotFound: ``conversation_not_found``.
        InvalidInput: ``note_empty`` or ``note_too_long``.
    """
    conversation = access_reviewed(reviewer, conversation_id)
    text = text.replace("\x00", "").strip()
    if not text:
        raise InvalidInput("The note is empty.", code="note_empty")
    if len(text) > NOTE_CHARS:
        raise InvalidInput(f"The note is longer than {NOTE_CHARS:,} characters.", code="note_too_long")
    return Note.objects.create(conversation=conversation, author=reviewer, text=text)


def do_delete_note(reviewer: User, conversation_id: UUID, note_id: int) -> None:
    """Delete a note of one's own.

    Raises:
        Forbidden: This person is no reviewer.
        NotFound: ``conversation_not_found`` or ``note_not_found``.
    """
    conversation = access_reviewed(reviewer, conversation_id)
    note = access_own_note(reviewer, note_id)
    if note.conversation_id != conversation.pk:
        raise NotFound("note")
    note.delete()


def do_label(reviewer: User, conversation_id: UUID, label_id: int, *, applied: bool) -> None:
    """Put a label on a conversation, or take it off; what is so already stays so.

    Raises:
        Forbidden: This person is no reviewer.
        NotFound: ``conversation_not_found`` or ``label_not_found``.
    """
    conversation = access_reviewed(reviewer, conversation_id)
    label = Label.objects.filter(pk=label_id).first()
    if label is None:
        raise NotFound("label")
    if applied:
        AppliedLabel.objects.get_or_create(
            label=label, conversation=conversation, defaults={"reviewer": reviewer}
        )
    else:
        AppliedLabel.objects.filter(label=label, conversation=conversation).delete()


def do_set_reviewed(reviewer: User, conversation_id: UUID, *, reviewed: bool) -> None:
    """Say that a conversation has been reviewed, or that it has not.

    Raises:
        Forbidden: This person is no reviewer.
        NotFound: ``conversation_not_found``.
    """
    conversation = access_reviewed(reviewer, conversation_id)
    if reviewed:
        Review.objects.update_or_create(
            conversation=conversation, defaults={"reviewer": reviewer, "reviewed_at": timezone.now()}
        )
    else:
        Review.objects.filter(conversation=conversation).delete()
