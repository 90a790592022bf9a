"""What Schemathesis needs to know beside the document: which texts its own formats mean, and which objects there
are, so that requests get past 404. The objects are read through the API, once, as the role that is tried."""

import atexit
import collections
import json
import os
import random
import urllib.request

import schemathesis
from hypothesis import strategies as st

BASE = os.environ["THIDUA_BASE"]
TOKEN = os.environ["THIDUA_TOKEN"]
COUNTS = os.environ.get("THIDUA_COUNTS")

LETTERS = st.characters(
    min_codepoint=0x20,
    max_codepoint=0x1EF9,
    exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Mn"),
    exclude_characters="\u00ad\u115f\u1160\u17b4\u17b5\u180b\u180e",
)
LINE = st.text(LETTERS, min_size=1, max_size=200).map(str.strip).filter(bool)

schemathesis.openapi.format("single-line", LINE)
schemathesis.openapi.format("prose", LINE)
schemathesis.openapi.format(
    "date",
    st.dates(
        min_value=__import__("datetime").date(1900, 1, 1),
        max_value=__import__("datetime").date(2199, 12, 31),
    ).map(str),
)


def read(path):
    request = urllib.request.Request(
        BASE + path, headers={"Authorization": "Bearer " + TOKEN}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except OSError:
        return {}


def ids(path):
    return [item["id"] for item in read(path).get("items", []) if "id" in item]


NOUNS = (
    "organizations individuals collectives campaigns participants submissions nominations files reviews councils "
    "review-sessions decisions forwardings role-grants recovery-tasks reference/award-forms reference/rule-sets "
    "reference/base-salaries reference/holidays"
).split()
KNOWN = {noun: ids(f"/v1/{noun}?limit=200") for noun in NOUNS}
for campaign in KNOWN["campaigns"]:
    KNOWN["participants"] += ids(f"/v1/campaigns/{campaign}/participants?limit=50")
KNOWN["members"] = [
    (council, member)
    for council in KNOWN["councils"]
    for member in ids(f"/v1/councils/{council}/members")
]
KNOWN["attachments"] = [
    (submission, paper)
    for submission in KNOWN["submissions"][:20]
    for paper in ids(f"/v1/submissions/{submission}/attachments")
]
KNOWN["items"] = [
    (decision, item)
    for decision in KNOWN["decisions"]
    for item in ids(f"/v1/decisions/{decision}/items")
]
KNOWN["lines"] = [
    (session, line["nomination_id"])
    for session in KNOWN["review-sessions"]
    for line in read(f"/v1/review-sessions/{session}/agenda").get("items", [])
]
BELOW = {
    "attachment_id": "attachments",
    "member_id": "members",
    "item_id": "items",
    "nomination_id": "lines",
}
OF_MEMBER = {
    "organization_id": "organizations",
    "owner_organization_id": "organizations",
    "receiver_organization_id": "organizations",
    "parent_id": "organizations",
    "successor_id": "organizations",
    "division_id": "organizations",
    "unit_id": "organizations",
    "campaign_id": "campaigns",
    "parent_campaign_id": "campaigns",
    "submission_id": "submissions",
    "nomination_id": "nominations",
    "nomination_ids": "nominations",
    "individual_id": "individuals",
    "collective_id": "collectives",
    "council_id": "councils",
    "file_id": "files",
}
DICE = random.Random(20260210)


def place(path, parameters):
    noun = next((n for n in NOUNS if path.startswith(f"/v1/{n}/{{")), None)
    below = next((BELOW[name] for name in parameters if name in BELOW), None)
    if below and KNOWN[below]:
        whole, part = DICE.choice(KNOWN[below])
        for name in parameters:
            parameters[name] = part if name in BELOW else whole
    elif noun and KNOWN[noun] and "id" in parameters:
        parameters["id"] = DICE.choice(KNOWN[noun])
    if "number" in parameters:
        parameters["number"] = 1


def refer(value):
    if isinstance(value, dict):
        for name, member in value.items():
            known = KNOWN.get(OF_MEMBER.get(name, ""))
            if known and isinstance(member, str):
                value[name] = DICE.choice(known)
            elif known and isinstance(member, list) and member:
                value[name] = [DICE.choice(known)]
            else:
                refer(member)
    elif isinstance(value, list):
        for member in value:
            refer(member)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Valid requests are pointed at objects that there are; what is wrong on purpose stays wrong."""
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    # Nobody makes up a cursor.
    if case.query:
        case.query.pop("cursor", None)
    # Bytes are not tried out.
    if case.query and case.operation.path.endswith("/content"):
        case.query.pop("dry_run", None)
    # It sends fields without a value, too, which no pattern of the document allows.
    if case.headers and case.headers.get("If-Match") == "":
        del case.headers["If-Match"]
    if DICE.random() < 0.1:
        return
    if case.path_parameters:
        place(case.operation.path, case.path_parameters)
    # What is tried out must not use up what others try.
    if case.query and "dry_run" in case.query:
        case.query["dry_run"] = "true"
    if case.headers and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    if isinstance(case.body, (dict, list)):
        refer(case.body)


STATUSES = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    name = f"{case.operation.method.upper()} {case.operation.path}"
    STATUSES[name][response.status_code] += 1


@atexit.register
def tell():
    if not COUNTS or not STATUSES:
        return
    with open(COUNTS, "a", encoding="utf-8") as file:
        json.dump(STATUSES, file)
        file.write("\n")
