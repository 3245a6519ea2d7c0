"""Manuals out of Debian packages, in English and Korean: text that none of us wrote."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lxml import etree, html

INSTALLATION, GNOME = "installation-guide-amd64", "gnome-user-docs"
DOWNLOAD_SECONDS = 300
_NUMBER = re.compile(
    r"^(?:\d+(?:\.\d+)*\.|[A-Z](?:\.\d+)+\.|\d+장\.|Chapter \d+\.|Appendix [A-Z]\.|부록 [A-Z]\.)\s*"
)
_CHROME = "self::div[@class='navheader' or @class='navfooter' or @class='toc'] or self::hr"
_BLOCKS = ("p", "pre", "dt", "li", "td", "th", "screen", "code", "item")
_MALLARD = "{http://projectmallard.org/1.0/}"


@dataclass
class Section:
    """A heading with what stands under it, up to the next one."""

    level: int
    heading: str
    paragraphs: list[str] = field(default_factory=list)


class Manual(NamedTuple):
    """Pages of one package in one language.

    Attributes:
        package: Debian's.
        pages: Sections by the page's file name, which is the same in every language.
    """

    package: str
    pages: dict[str, list[Section]]


def fetch(package: str, cache: Path) -> Path:
    """Download a package and unpack it, without installing it; what is there already is used again."""
    folder = cache / package
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=cache, check=True, timeout=DOWNLOAD_SECONDS)
        (archive,) = cache.glob(f"{package}_*.deb")
        unpacked = cache / f"{package}.new"
        subprocess.run(["dpkg", "-x", archive, unpacked], check=True, timeout=DOWNLOAD_SECONDS)
        unpacked.rename(folder)
    return folder / "usr" / "share"


def cache_folder() -> Path:
    """Return where packages are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "narutalk-bench"


def installation_guide(language: str, cache: Path) -> Manual:
    """Return Debian's installation guide: DocBook, as HTML. ``language`` is "en" or "ko"."""
    folder = fetch(INSTALLATION, cache) / "doc" / INSTALLATION / language
    pages = {path.name: _read_html(path) for path in sorted(folder.glob("*.html"))}
    return Manual(INSTALLATION, {name: sections for name, sections in pages.items() if sections})


def gnome_help(language: str, cache: Path) -> Manual:
    """Return GNOME's help and its guide for administrators: Mallard. ``language`` is "en" or "ko"."""
    root = fetch(GNOME, cache) / "help" / ("C" if language == "en" else language)
    pages = {}
    for folder in ("gnome-help", "system-admin-guide"):
        for path in sorted((root / folder).glob("*.page")):
            if sections := _read_mallard(path):
                pages[f"{folder}-{path.stem}"] = sections
    return Manual(GNOME, pages)


def to_markdown(sections: list[Section]) -> str:
    """Return a page as the Markdown file that is indexed."""
    parts = []
    for section in sections:
        parts.append(f"{'#' * section.level} {section.heading}")
        parts += section.paragraphs
    return "\n\n".join(parts) + "\n"


def _read_html(path: Path) -> list[Section]:
    body = html.fromstring(path.read_bytes()).find("body")
    for element in list(body.iter("div", "hr")):
        if element.xpath(_CHROME):
            element.drop_tree()
    sections: list[Section] = []
    for element in body.iter("h1", "h2", "h3", "h4", "h5", *_BLOCKS):
        text = _text(element)
        if element.tag[0] == "h" and element.tag[1:].isdigit():
            first = not sections
            sections.append(Section(1 if first else int(element.tag[1]), _NUMBER.sub("", text)))
        elif sections and _is_innermost(element) and text:
            sections[-1].paragraphs.append(text)
    return sections


def _read_mallard(path: Path) -> list[Section]:
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, no_network=True))
    return list(_mallard_sections(root, 1))


def _mallard_sections(element: etree._Element, level: int) -> Iterator[Section]:
    title = element.find(f"{_MALLARD}title")
    section = Section(level, _text(title) if title is not None else "")
    inner = []
    for child in element.iterchildren(f"{_MALLARD}*"):
        if child.tag == f"{_MALLARD}section":
            inner.append(child)
        elif child.tag not in (f"{_MALLARD}title", f"{_MALLARD}info"):
            blocks = [one for one in child.iter() if isinstance(one.tag, str) and _name(one) in _BLOCKS]
            section.paragraphs += [_text(one) for one in blocks if _is_innermost(one) and _text(one)]
    if section.heading:
        yield section
    for child in inner:
        yield from _mallard_sections(child, level + 1)


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_innermost(element: etree._Element) -> bool:
    """Whether no block stands inside another, so that no text is taken twice."""
    return not any(_name(one) in _BLOCKS for one in element.iterdescendants() if isinstance(one.tag, str))


def _text(element: etree._Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()
