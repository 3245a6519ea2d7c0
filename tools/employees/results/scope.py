"""Which employees figures are for, as people read it."""

from pydantic import BaseModel

from narutalk.languages import Language
from tools.employees.models import Position
from tools.employees.records import Place
from tools.employees.wording import POSITIONS


class Scope(BaseModel):
    """The filters of a question; None means any."""

    department: Place | None = None
    region: Place | None = None
    position: Position | None = None

    @property
    def is_whole_company(self) -> bool:
        """Whether nothing is filtered."""
        return self.department is None and self.region is None and self.position is None

    def parts(self, language: Language) -> list[str]:
        """Return the filters by name: region, department, position in Korean; the reverse in English."""
        names = [place.name(language) for place in (self.region, self.department) if place]
        if self.position:
            names.append(POSITIONS[self.position][language])
        return names if language is Language.KO else names[::-1]

    def label(self, language: Language) -> str:
        """Return such as "the Sales department in Busan" or "부산 영업부"; "the company", "전사" for all."""
        if language is Language.KO:
            return " ".join(self.parts(language)) or "전사"
        place = self.place_en()
        return f"{POSITIONS[self.position][language]}s in {place}" if self.position else place

    def place_en(self) -> str:
        """Return department and region as part of an English sentence; "the company" for neither."""
        if self.department is None:
            return self.region.name_en if self.region else "the company"
        department = f"the {self.department.name_en} department"
        return f"{department} in {self.region.name_en}" if self.region else department
