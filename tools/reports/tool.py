"""What the tool that makes a report returns: where the file is."""

from narutalk.languages import Language
from tools.reports.files import Report
from tools.tool import ToolResult

FORMAT_NAMES = {"pdf": "PDF", "xlsx": "Excel", "html": "HTML"}


class MadeReport(ToolResult):
    """A report that was made, under the ownership of who asked for it.

    Attributes:
        service: Whose route gives the file; the manager passes it on.
        report: Its metadata.
        url: Of the file, at the manager.
    """

    service: str
    report: Report
    url: str = ""

    @classmethod
    def of(cls, service: str, report: Report) -> "MadeReport":
        return cls(service=service, report=report, url=f"/api/reports/{service}/{report.id}")

    def to_markdown(self, language: Language) -> str:
        report = self.report
        link = f"[{report.file_name}]({self.url})"
        what, until = FORMAT_NAMES[report.format], f"{report.expires_at:%Y-%m-%d}"
        if language is Language.KO:
            return (
                f"보고서 **{report.title}**를 {what} 파일로 만들었습니다: {link}\n\n"
                f"본인만 내려받을 수 있으며 {until}까지 보관합니다."
            )
        return (
            f"The report **{report.title}** is ready as {what}: {link}\n\n"
            f"Only you can download it; it is kept until {until}."
        )
