"""Takes a nested question apart into questions that are asked in turn: pure functions over its words."""

import re

_SUPERLATIVE = r"(?:highest|most|best|largest|biggest|greatest|lowest|least|worst|top)"
_BEST = r"(?:top|best|biggest|largest|strongest|weakest|worst)(?:[- ](?:selling|performing))?"
_STAFF_NOUN = r"employee|sales ?person|sales rep|rep|seller|performer|person"
_NOUN = rf"(?P<noun>client|customer|hospital|pharmacy|clinic|wholesaler|{_STAFF_NOUN})"
_WHICH_ONE = rf"{_BEST} {_NOUN.replace('noun', 'noun2')}(?: (?:last|this|in|of|by|from) [^,;?]*?)?"
_ROLE = (
    r"(?P<role>(?:(?:account|sales) )?(?:manager|rep|representative|owner)|sales ?person|person in charge)"
)
_TAIL = (
    r"(?: (?:sell|sold|buy|bought|owe|have|has|get|got|make|made|earn|reach|achieve|do|doing|end|expire"
    r"|look(?:s|ed)? after|manages?|handles?|serves?|reports? to"
    r"|shr[aiu]nk|grew|grow|declined|dropped|decreased|increased|are (?:at risk|shrinking|growing|overdue))"
    r"\b[^,;?]*)?"
)
_NESTED_EN = re.compile(
    r"^(?P<outer>.*\b(?:of|for|from|at|with|by|about|do|does|did|has|manages|handles|looks after)) "
    rf"(?P<inner>(?:the|our) (?:{_NOUN} (?:with|who|that|which) .*?\b{_SUPERLATIVE}\b[^,;?]*?"
    rf"|{_WHICH_ONE}))(?P<tail>{_TAIL})[?. ]*$",
    re.IGNORECASE,
)
_POSSESSIVE_EN = re.compile(
    rf"^(?P<outer>.*\b)?(?P<inner>(?:the|our) {_WHICH_ONE})['’]s (?P<rest>\S[^,;?]*?)[?. ]*$".replace(
        "noun2", "noun"
    ),
    re.IGNORECASE,
)
_OF_ROLE_EN = re.compile(rf"^(?P<head>.*\S )the {_ROLE} (?:of|for|at)$", re.IGNORECASE)
_ROLES_OWN_EN = re.compile(rf"^{_ROLE}(?P<rest>(?:['’]s)? .+)?$", re.IGNORECASE)
_ONLY_WHO = re.compile(
    r"(?:and )?(?:(?:who|which|what)(?: is|'s| are)?|tell me|show me|give me|name)", re.IGNORECASE
)
_CALLED = {"seller": "salesperson", "performer": "salesperson", "sales person": "salesperson"}
"""Names that are also a product's, and what the questions call whom they mean instead."""

_CLIENT_NAME = (
    r"(?P<client>C\d{3,}|(?:(?-i:[A-Z0-9])[\w&.'’-]*? )*(?-i:[A-Z])[\w&.-]* "
    r"(?-i:Hospital|Clinic|Pharmacy|Distribution|Supply|Logistics|Healthcare|Pharma|Cent(?:er|re)))"
)
"""A name that nobody but a client has."""
_LOOKS_AFTER = r"(?:who|that) (?:looks after|manages|handles|is responsible for|serves|is in charge of)"
_NAMED_ROLE_EN = re.compile(
    rf"^(?P<head>.*?\S )?the {_ROLE} (?:of|for|at|{_LOOKS_AFTER}) {_CLIENT_NAME}"
    r"(?P<tail>(?:['’]s)?(?: .+?)?)[?. ]*$",
    re.IGNORECASE,
)
_NAMES_ROLE_EN = re.compile(
    rf"^(?P<head>.*?\S )??{_CLIENT_NAME}['’]s {_ROLE}(?P<tail>(?:['’]s)?(?: .+?)?)[?. ]*$", re.IGNORECASE
)
_NESTED_KO = re.compile(
    r"^(?P<inner>[^,?]*?(?:가장|제일|최고|최대|[1일][위등])[^,?]*?"
    r"(?P<noun>곳|거래처|병원|약국|의원|직원|사원|사람|담당자))"
    r"(?:의?\s+|(?P<subject>[이가])\s+(?=담당|맡|관리))(?P<outer>.+)$"
)
_OF_ROLE_KO = re.compile(
    r"^(?P<role>담당(?:자| ?직원| ?영업사원| ?사원)|영업 ?담당자?)(?P<particle>의|가|이)?\s+"
    r"(?!누구|누군|이름|알려|말해|보여)(?P<rest>.+)$"
)
_NAMED_ROLE_KO = re.compile(
    r"^(?P<client>(?:[^,?]*?\S(?:병원|의원|약국|약품|유통|서플라이|로지스|헬스케어|센터|메디컬)|C\d{3,}))의?\s+"
    r"(?P<owner>담당(?:자| ?직원| ?영업 ?사원| ?사원)(?:의|가|이|은|는)?\s+.+)$"
)
_RECORD_KO = re.compile(
    r"상사|팀장|윗사람|보고|부서|소속|직급|직책|입사|근속|실적|매출|목표|달성|팔았|판매|근태|지각|휴가|팀원|부하"
    r"|(?:맡|담당하|관리하)\S*\s(?:다른|거래처|고객)|(?:다른|담당) (?:거래처|고객)"
)
"""What is known of somebody who works here, and not of a client's contact person."""
_PEOPLE = frozenset({"직원", "사원", "사람", "담당자"})

Steps = tuple[str, ...]


def chains(message: str) -> list[Steps]:
    """Return how a nested question can be taken apart, the finest way first; nothing for any other.

    Each question of a chain points at what the one before it finds: "which is the client with the highest
    sales", "who manages that client", "what did that manager sell".
    """
    text = message.strip()
    if match := _POSSESSIVE_EN.match(text):
        return _possessive_chains(match)
    if match := _NESTED_EN.match(text):
        return _english_chains(match)
    if match := _NESTED_KO.match(text):
        return _korean_chains(match)
    return _of_a_named_client(text)


def _possessive_chains(match: re.Match[str]) -> list[Steps]:
    outer, noun = match["outer"] or "", _called(match["noun"])
    first = f"Which is {_calling(match['inner'].strip(), match['noun'])}?"
    found: list[Steps] = [(first, f"{outer}that {noun}'s {match['rest']}?")]
    role = _ROLES_OWN_EN.match(match["rest"])
    if role and (role["rest"] or not _ONLY_WHO.fullmatch(outer.strip())):
        last = f"{outer}that {role['role'].lower()}{role['rest'] or ''}?"
        return [(first, f"Who manages that {noun}?", last), *found]
    return found


def _english_chains(match: re.Match[str]) -> list[Steps]:
    said, tail = match["noun"] or match["noun2"], match["tail"].rstrip(" .?")
    noun = _called(said)
    first = f"Which is {_calling(match['inner'].strip(), said)}?"
    found: list[Steps] = [(first, f"{match['outer']} that {noun}{tail}?")]
    role = _OF_ROLE_EN.match(match["outer"])
    if role and not _ONLY_WHO.fullmatch(role["head"].strip()):
        last = f"{role['head']}that {role['role'].lower()}{tail}?"
        return [(first, f"Who manages that {noun}?", last), *found]
    return found


def _korean_chains(match: re.Match[str]) -> list[Steps]:
    inner, outer = match["inner"].strip(), match["outer"]
    of_people = match["noun"] in _PEOPLE
    first = f"{inner}{_topic_particle(inner)} {'누구야' if of_people else '어디야'}?"
    pointer = f"그 사람{match['subject'] or '의'}" if of_people else "그 거래처의"
    found: list[Steps] = [(first, f"{pointer} {outer}")]
    role = _OF_ROLE_KO.match(outer)
    if role and not of_people:
        return [(first, f"{pointer} 담당자는 누구야?", f"그 담당자의 {role['rest']}"), *found]
    return found


def _of_a_named_client(text: str) -> list[Steps]:
    """Take apart what is asked of somebody who is only said to look after a client of some name."""
    if match := _NAMED_ROLE_EN.match(text) or _NAMES_ROLE_EN.match(text):
        head, tail = match["head"] or "", match["tail"]
        if tail.strip() or not _ONLY_WHO.fullmatch(head.strip()):
            last = f"{head}that {match['role'].lower()}{tail}?"
            return [(f"Who manages {match['client']}?", last)]
    if match := _NAMED_ROLE_KO.match(text):
        role = _OF_ROLE_KO.match(re.sub(r"^(\S+)[은는](?=\s)", r"\1", match["owner"]))
        if role and _RECORD_KO.search(role["rest"]):
            pointer = f"그 담당자{role['particle'] or '의'}"
            return [(f"{match['client']} 담당자는 누구야?", f"{pointer} {role['rest']}")]
    return []


def _called(noun: str) -> str:
    return _CALLED.get(noun.lower(), noun.lower())


def _calling(inner: str, noun: str) -> str:
    return re.sub(rf"\b{re.escape(noun)}\b", _called(noun), inner) if noun.lower() in _CALLED else inner


def _topic_particle(word: str) -> str:
    """Return 은 behind a final consonant, 는 behind a vowel."""
    return "은" if (ord(word[-1]) - ord("가")) % 28 else "는"
