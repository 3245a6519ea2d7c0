"""Regions and departments that companies have and this one may not.

A question that names one must be told so, rather than be answered for the whole company.
"""

from collections.abc import Callable, Sequence

from tools.employees.records import Place

REGIONS = (
    Place(code="Incheon", name_en="Incheon", name_ko="인천"),
    Place(code="Ulsan", name_en="Ulsan", name_ko="울산"),
    Place(code="Sejong", name_en="Sejong", name_ko="세종"),
    Place(code="Jeju", name_en="Jeju", name_ko="제주"),
    Place(code="Gangwon", name_en="Gangwon", name_ko="강원"),
    Place(code="Chungcheong", name_en="Chungcheong", name_ko="충청"),
    Place(code="Jeolla", name_en="Jeolla", name_ko="전라"),
    Place(code="Gyeongsang", name_en="Gyeongsang", name_ko="경상"),
    Place(code="Suwon", name_en="Suwon", name_ko="수원"),
    Place(code="Changwon", name_en="Changwon", name_ko="창원"),
)
DEPARTMENTS = (
    Place(code="Legal", name_en="Legal", name_ko="법무부"),
    Place(code="Research", name_en="Research", name_ko="연구부"),
    Place(code="Purchasing", name_en="Purchasing", name_ko="구매부"),
    Place(code="Production", name_en="Production", name_ko="생산부"),
    Place(code="General Affairs", name_en="General Affairs", name_ko="총무부"),
    Place(code="Accounting", name_en="Accounting", name_ko="회계부"),
)


def and_elsewhere(
    own: Callable[[], Sequence[Place]], others: Sequence[Place]
) -> Callable[[], Sequence[Place]]:
    """Return the company's own places, and then those of the others that it does not have."""

    def places() -> Sequence[Place]:
        known = own()
        names = {place.name_en for place in known}
        return [*known, *(place for place in others if place.name_en not in names)]

    return places
