"""Everything a person reads exists in Korean, and what is compiled is what is written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
import unfold

PACKAGE = Path(__file__).parents[3] / "django_admin"
UNFOLD = Path(unfold.__file__).parent  # speaks no Korean: what it says on our pages, we translate
CATALOGUES = sorted(PACKAGE.rglob("locale/ko/LC_MESSAGES/django.po"))  # each app has its own
DOCUMENT_SCRIPTS = ("document_list.js", "documents.js", "index_jobs.js", "upload.js")
GETTEXT = ("_", "gettext", "gettext_lazy")


def _in_templates(package: Path = PACKAGE) -> Iterator[str]:
    for path in package.rglob("*.html"):
        text = path.read_text()
        yield from (found[2] for found in re.finditer(r"""{%\s*trans(?:late)?\s+(["'])(.+?)\1""", text))
        for found in re.finditer(r"{%\s*blocktranslate[^%]*%}(.+?){%\s*endblocktranslate", text):
            yield re.sub(r"{{ (\w+) }}", r"%(\1)s", found[1])


def _in_code() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT:
                argument = node.args[0]
                assert isinstance(argument, ast.Constant), f"{path}:{node.lineno} is no plain text"
                yield str(argument.value)


def _entries() -> Iterator[polib.POEntry]:
    for catalogue in CATALOGUES:
        yield from polib.pofile(str(catalogue))


def test_everything_is_translated() -> None:
    translated = {entry.msgid for entry in _entries() if entry.translated()}
    used = {*_in_templates(), *_in_code()}

    assert used - translated == set()
    assert translated - used - set(_in_templates(UNFOLD)) == set(), "translated, but nowhere used"


def test_translations_keep_their_placeholders() -> None:
    for entry in _entries():
        assert set(re.findall(r"%\(\w+\)s", entry.msgid)) == set(re.findall(r"%\(\w+\)s", entry.msgstr)), (
            entry.msgid
        )


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parents[3].name)
def test_the_compiled_catalogue_is_up_to_date(catalogue: Path) -> None:
    written = {entry.msgid: entry.msgstr for entry in polib.pofile(str(catalogue))}
    compiled = {entry.msgid: entry.msgstr for entry in polib.mofile(str(catalogue.with_suffix(".mo")))}

    assert compiled == written, "run: make messages"


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("web/static/web/js/*.js")), ids=lambda path: path.name)
def test_scripts_use_words_that_the_page_has(path: Path) -> None:
    from django_admin.web.document_strings import document_strings
    from django_admin.web.import_strings import import_strings
    from django_admin.web.report_strings import report_strings
    from django_admin.web.strings import page_strings

    used = set(re.findall(r"""\bt\("(\w+)\"""", path.read_text()))
    pages = [document_strings if path.name in DOCUMENT_SCRIPTS else page_strings]
    if path.name.startswith("import"):
        pages = [import_strings]
    if path.name == "reports.js":
        pages = [report_strings]
    if path.name == "paged_list.js":
        pages = [document_strings, report_strings]
    for words in pages:
        assert used <= set(words())


def test_the_records_that_tools_cite_have_a_name_on_the_page() -> None:
    from django_admin.web.strings import page_strings

    tools = "\n".join(path.read_text() for path in (PACKAGE.parent / "tools").rglob("*.py"))
    cited: set[str] = set()
    for pattern in (
        r'\bcite\("([^"]+)"',
        r'kind="records",\s*title="([^"]+)"',
        r'ReportKind\.[A-Z]+: \("([^"]+)", "[a-z_]+"\)',
    ):
        titles = re.findall(pattern, tools)
        assert titles, f"nothing is cited as {pattern} any more"
        cited.update(titles)
    assert {f"source_{title}" for title in cited} <= set(page_strings())
