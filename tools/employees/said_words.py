"""The words people use for the closed arguments of the employee tools, as finders."""

from narutalk.offline.hints import Found
from tools.employees.anomalies import AttendanceMeasure
from tools.employees.arguments import ListOrder, Measure
from tools.employees.finders import first_of
from tools.employees.grouping import GroupBy
from tools.employees.models import EmployeeStatus, Position
from tools.employees.results.people import About

find_about = first_of(
    (
        About.REPORTS.value,
        r"\b(?:direct\s+reports?|subordinates?|team\s+members|(?<=who\s)(?:all\s+)?reports?\s+to"
        r"|(?<=who\s)works?\s+(?:under|for)|(?<=people\s)under|(?<=people\s)reports?\s+to"
        r"|(?<=employees\s)reports?\s+to)\b"
        r"|부하(?:\s*직원)?|팀원(?:들)?|밑에(?:서\s*일하는|\s*있는)?|아래\s*직원|직속\s*직원|에게\s*보고하는",
    ),
    (
        About.MANAGER.value,
        r"(?<=who\s)(?:manages|supervises)\b"
        r"|\b(?:line\s+manager|manager|boss|supervisor|superior|reports?\s+to|works?\s+for)\b"
        r"|직속\s*상사|상사|상관|사수|윗사람|매니저|팀장|관리자|누구에게\s*보고",
    ),
    (
        About.CONTACT.value,
        r"\b(?:e-?mail(?:\s+address)?|contact(?:\s+(?:details|information|info))?|reach|get\s+in\s+touch\s+with|phone(?:\s+number)?|number)\b"
        r"|이메일|메일|연락처|연락|전화\s*번호|전화",
    ),
)
find_position = first_of(
    (Position.SENIOR_ASSOCIATE.value, r"\bsenior\s+associates?\b|(?<![가-힣])대리(?!점)(?:급)?"),
    (Position.SENIOR_MANAGER.value, r"\bsenior\s+managers?\b|(?<![가-힣])차장(?:급)?"),
    (Position.ASSOCIATE.value, r"\bassociates?\b|(?<![가-힣])사원(?!수|\s*수)(?:급)?"),
    (Position.MANAGER.value, r"\bmanagers?\b|(?<![가-힣])과장(?:급)?"),
    (Position.DIRECTOR.value, r"\bdirectors?\b|(?<![가-힣])부장(?:급)?"),
)
find_status = first_of(
    (EmployeeStatus.ON_LEAVE.value, r"\bon\s+(?:\w+\s+)?leave\b|휴직(?:자|\s*중)?"),
    (
        EmployeeStatus.LEFT.value,
        r"\b(?:left|resigned|quit|former|ex-employees)\b|퇴사(?:자)?|퇴직(?:자)?|그만둔",
    ),
    (EmployeeStatus.ACTIVE.value, r"\b(?:active|currently\s+employed)\b|재직(?:자)?"),
)
find_group_by = first_of(
    (
        GroupBy.DEPARTMENT.value,
        r"\b(?:by|per|each|every|across)\s+(?:the\s+)?(?:all\s+)?(?:department|team)s?\b"
        r"|(?<=which\s)(?:department|team)\b|\b(?:departments|teams)\b"
        r"|(?:부서|팀)\s*별(?:로)?|각\s*부서|부서마다|(?:부서|팀)(?=[은는이가을를]?(?:\s|\?|$)|\s*중)",
    ),
    (
        GroupBy.REGION.value,
        r"\b(?:by|per|each|every|across)\s+(?:the\s+)?(?:all\s+)?(?:region|branch|area)(?:e?s)?\b"
        r"|(?<=which\s)(?:region|branch|area)\b|\b(?:regions|branches)\b"
        r"|(?:지역|지점)\s*별(?:로)?|각\s*(?:지역|지점)|지역마다|(?:지역|지점)(?=[은는이가을를]?(?:\s|\?|$)|\s*중)",
    ),
    (
        GroupBy.POSITION.value,
        r"\b(?:by|per|each|every)\s+(?:position|rank|grade|level|role|title)s?\b"
        r"|(?:직급|직책|직위)\s*별(?:로)?|각\s*직급",
    ),
)
find_measure = first_of(
    (
        Measure.HEADCOUNT.value,
        r"\bhow\s+many\s+(?:people|employees|staff|persons|workers|colleagues|of\s+us)\b"
        r"|\bhead\s?counts?\b|\bnumber\s+of\s+(?:people|employees|staff)\b|\bhow\s+many(?=\s+\{position)"
        r"|(?:직원|사원|인력)\s*(?:수|규모)|인원(?:\s*수)?|총원|몇\s*명|몇\s*분",
    ),
    (
        Measure.ATTENDANCE.value,
        r"\b(?:attendance|absences?|absenteeism|late(?:ness)?|sick\s+(?:days|leave)|overtime)\b"
        r"|근태|지각|결근|병가|초과\s*근무|야근|출근율|휴가\s*사용",
    ),
    (
        Measure.SALES.value,
        r"\b(?:sales|sold|sell|revenue|turnover|(?:sales\s+)?targets?(?:\s+attainment)?|attainment|quota)\b"
        r"|매출(?:액)?|판매(?:액)?|(?:영업\s*)?실적|목표\s*달성(?:률|율)?|달성(?:률|율)|목표",
    ),
    (Measure.HEADCOUNT.value, r"\bhow\s+(?:big|large)\b|\bsize\b|\bhow\s+many\b"),
)
find_rank_by = first_of(
    (
        "attainment",
        r"\b(?:target\s+attainment|attainment(?:\s+rate)?|achievement(?:\s+rate)?|targets?|quotas?|goals?)\b"
        r"|(?:목표\s*)?(?:달성|성취)(?:률|율|도)|목표\s*달성|목표",
    ),
)
find_lowest = first_of(
    (
        True,
        r"\b(?:lowest|worst|bottom|least|poorest|weakest|fewest|under-?performing|under-?performers?)\b"
        r"|(?:가장|제일)\s*(?:못\s*(?:판|한|팔은)|낮은|적은|나쁜|저조한|안\s*좋은|못한|부진한)|최하위|하위|최저|꼴찌|꼴등|저조한|부진한",
    ),
)
find_order = first_of(
    (
        ListOrder.LONGEST.value,
        r"\b(?:longest(?:[\s-]+serving)?|oldest\s+(?:hire|employee)s?|earliest\s+hired)\b"
        r"|(?:가장|제일)\s*오래\s*(?:근무|일|다닌|재직|있은)|최장기|근속",
    ),
    (ListOrder.NEWEST.value, r"\b(?:newest|most\s+recently|latest\s+hires?)\b|(?:가장|제일)\s*최근"),
)
find_salary_word = first_of(
    (True, r"\b(?:salar(?:y|ies)|wages?|pay(?:roll)?|earns?|paid)\b|연봉|급여|월급|임금|봉급")
)
find_unusual = first_of(
    (
        True,
        r"\b(?:unusual(?:ly)?|stands?\s+out|abnormal(?:ly)?|anomal(?:y|ies|ous)|outliers?|suspicious(?:ly)?)\b"
        r"|비정상|유난히|유별나|이상\s*(?:징후|치|자)|특이|눈에\s*띄",
    )
)
find_attendance_measure = first_of(
    (AttendanceMeasure.LATE.value, r"\b(?:late(?:ness)?(?:\s+days)?|tard(?:y|iness)|days\s+late)\b|지각"),
    (AttendanceMeasure.SICK.value, r"\bsick(?:\s+(?:days|leave))?\b|병가"),
    (AttendanceMeasure.OVERTIME.value, r"\bovertime\b|초과\s*근무|야근|잔업"),
)
find_tenure = first_of(
    (True, r"\b(?:tenure|length\s+of\s+service|years\s+of\s+service)\b|근속\s*(?:연수|년수|기간)|평균\s*근속")
)
_average = first_of(
    ("median", r"\bmedian\b|중앙값|중간값"),
    ("mean", r"\b(?:on\s+)?(?:average|mean|averages|statistics)\b|평균|통계"),
)


def find_salary_statistic(sentence: str) -> Found | None:
    """Find an average, in a sentence that speaks of salaries."""
    return _average(sentence) if find_salary_word(sentence) else None


_RANK_KO = r"(?:\d+\s*[위등]|상위|하위|최고|최저|꼴찌|가장|제일|우수|순위)"
_PEOPLE_KO = r"(?:누구|누가|사람|영업\s*사원|직원(?![이수가들별]))"
find_ranked_people = first_of(
    (
        True,
        r"^(?!.*(?:지역|지점|부서|팀)).*(?:\b(?:who|(?:which|what)\s+(?:sales\s?person|employee|rep|seller))\b.*\b(?:most|best|top|highest|lowest|worst|least)\b"
        rf"|{_RANK_KO}.*{_PEOPLE_KO}|{_PEOPLE_KO}.*{_RANK_KO})",
    ),
)
