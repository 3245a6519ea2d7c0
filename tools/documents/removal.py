"""Removing a document by its title, once a person has approved it."""

import re
from datetime import UTC, datetime

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError

from narutalk.errors import NotFound, TellTheModel
from narutalk.identity import Identity
from narutalk.languages import Language
from narutalk.offline.finders import names
from narutalk.offline.hints import Found, OfflineHints
from narutalk.run_identity import current_identity
from tools.changing import Approval, ApprovedCall, Proposal, build_changing_tool
from tools.documents.library import DocumentLibrary
from tools.documents.models import Document, Removal
from tools.tool import ToolResult

MAX_TITLES = 1000
ASKS_TO_REMOVE = re.compile(
    r"^\W*(?:please |(?:can|could|would) you (?:please )?)?(?:remove|delete)\b"
    r"|(?:삭제|제거)\s?(?:해|하여|부탁)|지워\s?(?:줘|주세요|주십시오)",
    re.IGNORECASE,
)
UNKNOWN = {
    "en": "There is no document with this title that you may remove, so nothing was removed.",
    "ko": "삭제하실 수 있는 문서 중에 이 제목의 문서가 없어 아무것도 삭제하지 않았습니다.",
}
SEVERAL = {
    "en": "Several documents have this title. Remove the right one on the documents page.",
    "ko": "제목이 같은 문서가 여러 건 있습니다. 문서 화면에서 맞는 것을 삭제해 주세요.",
}
REPLACED = {
    "en": "Another document has this title by now, so nothing was removed.",
    "ko": "그사이 이 제목의 문서가 다른 문서로 바뀌어 아무것도 삭제하지 않았습니다.",
}


class RemoveArgs(BaseModel):
    """Arguments of `remove_document`."""

    document: str = Field(description="The document's whole title.", min_length=1, max_length=500)


class RemovedDocument(ToolResult):
    """A document that is gone."""

    title: str
    source: str

    def to_markdown(self, language: Language) -> str:
        return {
            Language.EN: f"The document **{self.title}** ({self.source}) was removed.",
            Language.KO: f"**{self.title}**({self.source}) 문서를 삭제했습니다.",
        }[language]


def build_removal_tool(library: DocumentLibrary) -> BaseTool:
    """Return the tool that removes a document; who may is decided as the REST route decides it."""

    def titles() -> list[str]:
        identity = current_identity()
        if identity is None:
            return []
        return [document.title for document in library.store.list_documents(identity, limit=MAX_TITLES)[0]]

    find_title = names(titles, fuzzy=False)

    def find(sentence: str) -> Found | None:
        return find_title(sentence) if ASKS_TO_REMOVE.search(sentence) else None

    def remove_document(identity: Identity, args: RemoveArgs, call: ApprovedCall) -> RemovedDocument:
        try:
            return _remove(library, identity, args, call)
        except (NotFound, TellTheModel, IntegrityError) as error:
            if first := done(call.key):  # the same call, at the same time, was faster
                return first
            if isinstance(error, TellTheModel):
                raise
            raise TellTheModel(UNKNOWN["en"], details=UNKNOWN) from error

    def propose(identity: Identity, args: RemoveArgs, language: Language) -> Proposal:
        document = _removable(library, identity, args.document)
        description = {
            Language.EN: f"The document “{document.title}” ({document.source}) will be removed for everyone.",
            Language.KO: f"‘{document.title}’({document.source}) 문서가 모든 사람에게서 삭제됩니다.",
        }[language]
        return Proposal(description=description, seen={"document_id": document.id, "title": args.document})

    def done(key: str) -> RemovedDocument | None:
        removal = library.store.removal(key)
        return RemovedDocument(title=removal.title, source=removal.source) if removal else None

    return build_changing_tool(
        remove_document,
        name="remove_document",
        description="Remove a document for everyone, when the person asks for that. Needs their approval.",
        args=RemoveArgs,
        hints=OfflineHints(
            phrases={
                Language.EN: [
                    "remove the document {document}",
                    "delete {document}",
                    "please delete the document {document}",
                    "can you remove {document}",
                ],
                Language.KO: [
                    "{document} 문서 삭제해 줘",
                    "{document} 삭제해 주세요",
                    "{document} 문서를 지워 줘",
                    "{document} 제거해 줘",
                ],
            },
            finders={"document": find},
            questions={
                "document": {
                    Language.EN: "Which document, by its whole title?",
                    Language.KO: "어떤 문서인가요? 제목 전체를 알려 주세요.",
                }
            },
        ),
        approval=Approval(propose=propose, done=done),
    )


def _remove(
    library: DocumentLibrary, identity: Identity, args: RemoveArgs, call: ApprovedCall
) -> RemovedDocument:
    """Remove the document that was shown, or the one that the person named instead.

    Raises:
        TellTheModel: The title means another document by now, or none.
        NotFound: Somebody else was faster.
        IntegrityError: The same call was faster.
    """
    document = _removable(library, identity, args.document)
    if args.document == call.seen.get("title") and document.id != call.seen.get("document_id"):
        raise TellTheModel(REPLACED["en"], details=REPLACED)
    removal = Removal(
        key=call.key,
        document_id=document.id,
        title=document.title,
        source=document.source,
        reason=call.question,
        asked_by_id=call.asked_by_id,
        approved_by_id=identity.user_id,
        removed_at=datetime.now(UTC).replace(tzinfo=None),
    )
    library.remove(identity, document.id, removal)
    return RemovedDocument(title=document.title, source=document.source)


def _removable(library: DocumentLibrary, identity: Identity, title: str) -> Document:
    """Return the one document of this title that a person may remove.

    Raises:
        TellTheModel: There is none, or there are several.
    """
    found, _ = library.store.list_documents(identity, search=title, limit=MAX_TITLES)
    same = [
        document
        for document in found
        if document.title.casefold() == title.casefold() and library.may_remove(identity, document)
    ]
    if len(same) != 1:
        details = SEVERAL if same else UNKNOWN
        raise TellTheModel(details["en"], details=details)
    return same[0]
