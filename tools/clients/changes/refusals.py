"""Why a change is not made, in both languages."""

from narutalk.errors import TellTheModel


def refusal(english: str, korean: str, *, code: str) -> TellTheModel:
    """Return the error that says why nothing was changed."""
    return TellTheModel(english, code=code, details={"en": english, "ko": korean})


def changed_meanwhile() -> TellTheModel:
    """Return the error of a change whose data are no longer as they were shown."""
    return refusal(
        "Somebody else changed this meanwhile, so nothing was changed. Ask again to see how it is now.",
        "그사이 다른 사람이 이 정보를 변경하여 아무것도 변경하지 않았습니다. "
        "다시 요청하시면 현재 내용을 보여 드립니다.",
        code="changed_meanwhile",
    )


def other_record() -> TellTheModel:
    """Return the error of a call that means another record than the one that was shown."""
    return refusal(
        "That means another record than the one that was shown, so nothing was changed. "
        "Ask for that one anew.",
        "보여 드린 것과 다른 대상을 가리켜 아무것도 변경하지 않았습니다. 그 대상은 새로 요청해 주세요.",
        code="other_record",
    )
