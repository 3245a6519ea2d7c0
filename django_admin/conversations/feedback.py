"""What people think of the answers they were given."""

from uuid import UUID

from django_admin.accounts.models import User
from django_admin.conversations.access import access_answer
from django_admin.conversations.models import COMMENT_CHARS, Feedback, Rating
from narutalk.errors import InvalidInput


def do_rate(user: User, answer_id: UUID, rating: Rating, *, comment: str | None = None) -> Feedback:
    """Store what a person thinks of an answer, in the place of what they thought of it before.

    Args:
        user: To whom the answer was given.
        answer_id: Of the answer.
        rating: Up or down.
        comment: Why; None leaves the comment that is there, and an empty one removes it.

    Raises:
        NotFound: ``message_not_found``.
        Conflict: ``not_an_answer`` or ``answer_not_complete``.
        InvalidInput: ``comment_too_long``.
    """
    answer = access_answer(user, answer_id)
    written = {} if comment is None else {"comment": _text_of(comment)}
    feedback, _ = Feedback.objects.update_or_create(
        answer=answer, user=user, defaults={"rating": rating, **written}
    )
    return feedback


def do_take_rating_back(user: User, answer_id: UUID) -> None:
    """Forget what a person thought of an answer; raises as `do_rate` does."""
    Feedback.objects.filter(answer=access_answer(user, answer_id), user=user).delete()


def _text_of(comment: str) -> str:
    text = comment.replace("\x00", "").strip()
    if len(text) > COMMENT_CHARS:
        raise InvalidInput(
            f"The comment is longer than {COMMENT_CHARS:,} characters.",
            code="comment_too_long",
            details={"max_chars": COMMENT_CHARS, "chars": len(text)},
        )
    return text
