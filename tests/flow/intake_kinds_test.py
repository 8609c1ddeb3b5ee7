"""Other signals than reports into a social system: an order of the board's own over its extract, the answer and a
request for support over MLLP, the real hub, two real inboxes, a stand-in that checks every field.

The answer to an order (SIG-D2) is one intake at the function that ordered, by the shipped code lists; a request for
support (SIG-B1) is one where the municipality's own list has a row for it, with its own words. Each is its page, holds
what the family agreed to and no more, and its sender hears "registered".
"""
import datetime
import json
import os
import shutil
import tempfile

from harness import Child, Client, Messages, impossible_number, main, wait_for
from intake_config import NAME, configure_intake
from lab import write
from lifecare import ENDPOINTS, STOCKHOLM, Extract, local

KEY = "hemlig+nyckel/7f3a&91"
OTHER = "forebyggande"

POLL = """[poll]
base_url = "http://127.0.0.1:{port}/apifc/v1/Extract"
allow_plain_loopback = true
keys_file = "{keys_file}"
start = "{start}"
every_s = 1
requests_per_minute = 6000
backoff_min_ms = 100
backoff_max_s = 1
{endpoints}"""

# The preventive unit's own lists: it registers what families ask for, and calls it something else.
KINDS = """# version: 2026-11
code;type;reason;working_status;document_type;document_sender;title
SIG-B1;Råd och stöd;-;Ny;Begäran;BVC;Familjen önskar stöd
"""
SENDERS = "# version: 2026-11\nsender;from_who\nbvc.bollnas;BVC Bollnäs\n*;Region\n"
UNITS = "# version: 2026-11\nunit;organisation_id;organisation_unit_id;caseworker_id\nbollnas.forebyggande;-;102;7\n"

INTAKE = {"PersonId", "Date", "Type", "FromWho", "Reason", "OrganisationId", "OrganisationUnitId", "Specifies"}


class Scene:
    def __init__(self, lab, checks, secrets):
        self.lab, self.checks = lab, checks
        self.system = Extract("bollnas", KEY)
        keys_file = os.path.join(secrets, "lifecare.keys")
        write(keys_file, f'domain = "bollnas"\nkey = "{KEY}"\n', 0o600)
        configure_intake(lab, self.system.port, keys_file)
        configure_intake(lab, self.system.port, keys_file, OTHER, "intake-own")
        for name, text in [("kinds", KINDS), ("senders", SENDERS), ("units", UNITS)]:
            write(lab.path(f"intake-own/{name}.csv"), text)
        endpoints = "".join(f'[[poll.endpoint]]\nname = "{name}"\nmodified = "ModifiedDate"\n' for name in ENDPOINTS)
        self.source = lab.add_source(
            "lifecare", "lifecare.bollnas", "2120002361", "Socialnämnden",
            POLL.format(port=self.system.port, keys_file=keys_file, start=local(86400)[:10], endpoints=endpoints),
            "social/mappings/social-lifecare.toml")
        self.client, self.messages = Client(lab.ports["mllp"]), Messages()
        self.at = datetime.datetime.now(STOCKHOLM).strftime("%Y%m%d%H%M%S%z")

    def form(self, child, answers):
        code = self.client.send(self.messages.form(child, self.at, answers).encode())
        assert code in ("AA", "CA"), code

    def intake_of(self, number):
        """The number of this child's only intake, its fields and its pages."""
        def there():
            with self.system.lock:
                found = [(i, row) for i, row in self.system.intakes.rows.items() if row["PersonId"] == number]
                pages = [self.system.intakes.attachments.get(i, []) for i, _ in found]
            return (found, pages) if found and pages[0] else None
        found, pages = wait_for("the intake and its page", there, 60)
        self.checks.that("it is one intake with one page", len(found) == 1 and len(pages[0]) == 1, str(len(found)))
        return found[0][0], found[0][1], pages[0][0]

    def row(self, inbox, code):
        def done():
            rows = [r for r in self.lab.inbox_rows(inbox) if r["code"] == code]
            return rows if rows and all(r["intake"] and r["intake"]["state"] == "done" for r in rows) else None
        rows = wait_for(f"{code} to be registered", done)
        self.checks.that(f"{code} came once to {inbox}", len(rows) == 1, str(len(rows)))
        return rows[0]

    def hears_registered(self, row):
        def told():
            with open(self.lab.inboxes["bvc"].out_path, encoding="utf-8") as f:
                notices = [json.loads(line).get("signal", {}).get("body", {}).get("receipt") for line in f]
            return any(n and n["about"] == row["id"] and n["state"] == "registered" for n in notices)
        self.checks.that(f"the sender of {row['code']} hears 'registered'", wait_for("the receipt", told))


def order_told(scene, child, number):
    """The board's own system has ordered an examination; the hub knows it."""
    due = (datetime.date.today() + datetime.timedelta(days=30)).isoformat()
    scene.system.put("Decisions", {"Id": number, "Date": local()[:10], "Type": "Begäran hälsoundersökning",
                                   "ActualisationId": None, "InvestigationId": 4411, "OrganisationUnitId": 101,
                                   "ToDate": due, "PersonId": child.number})
    wait_for("the order to be known", lambda: [
        e for e in scene.lab.tool_json("log", "find", "--kind", "event", "--peer", "lifecare", "--limit", 100)
        if e.get("summary") == "social.exam.requested"], 60)


def the_answer_to_an_order(scene):
    child = Child("Testsson^Hugo", impossible_number("20230202", 11), "20230202")
    order_told(scene, child, 5503)
    scene.form(child, [("UNDRES", "UTFORD"), ("UNDBEST", "5503"), ("UNDUTL", "D-5001")])
    case, fields, page = scene.intake_of(child.number)
    row = scene.row(NAME, "SIG-D2")
    scene.checks.that("the answer to the board's order has the fields of an intake and no others",
                      set(fields) == INTAKE, str(sorted(fields)))
    scene.checks.that("with the shipped codes, at the function that ordered", (
        fields["Type"], fields["Reason"], fields["FromWho"], fields["OrganisationId"], fields["OrganisationUnitId"],
        fields["Date"], fields["Specifies"]) ==
        ("Svar på begäran", "Svar på beställd undersökning", "BVC", 10, 101, local()[:10], f"samsignal-{row['id']}"),
        str({k: v for k, v in fields.items() if k != "PersonId"}))
    scene.checks.that("its page has the document's codes", (
        page["InsertDocumentType"], page["InsertDocumentSenderType"], page["Title"], page["SenderName"],
        page["file name"]) == ("Inkommen handling", "Vårdgivare", "Svar på beställd undersökning", "bvc.bollnas",
                               f"samsignal-{row['id']}.html"), str({k: v for k, v in page.items() if k != "Content"}))
    text = page["Content"]
    scene.checks.that("and says which order, what came of it, and where the document is",
                      all(word in text for word in ("5503", "utfall", "D-5001")), text)
    scene.checks.that("the inbox shows the number over there", row["intake"]["case"] == str(case), str(row["intake"]))
    scene.hears_registered(row)


def a_request_for_support(scene):
    child = Child("Testsson^Iris", impossible_number("20240909", 12), "20240909")
    scene.form(child, [("BSQ", "BESV"), ("BESOK", "M18"), ("BSU", "SAMTSOC"), ("BSS", "J"), ("SAMTREF", "S-1"),
                       ("BSKONTAKT", "TEL"), ("BSO", "EKO")])
    _, fields, page = scene.intake_of(child.number)
    row = scene.row(OTHER, "SIG-B1")
    scene.checks.that("a request for support has the codes of this unit's own lists", (
        fields["Type"], fields["FromWho"], fields["OrganisationUnitId"], fields["CaseworkerId"],
        fields["WorkingStatus"], fields["Specifies"]) ==
        ("Råd och stöd", "BVC Bollnäs", 102, 7, "Ny", f"samsignal-{row['id']}"),
        str({k: v for k, v in fields.items() if k != "PersonId"}))
    scene.checks.that("what the list leaves open is not sent", set(fields) == {
        "PersonId", "Date", "Type", "FromWho", "OrganisationUnitId", "CaseworkerId", "Specifies", "WorkingStatus"},
        str(sorted(fields)))
    scene.checks.that("its page has the document's codes", (
        page["InsertDocumentType"], page["InsertDocumentSenderType"], page["Title"], page["SenderName"]) ==
        ("Begäran", "BVC", "Familjen önskar stöd", "bvc.bollnas"), str({k: v for k, v in page.items() if k != "Content"}))
    text = page["Content"]
    scene.checks.that("and holds the form and way of contact that the family wants", "önskad form" in text and "TEL" in text, text)
    scene.checks.that("never an area that the consent does not name, nor an answer of the form",
                      not any(word in text.lower() for word in ("ekonomi", "economy", "besvarat", "answered")), text)
    scene.hears_registered(row)


def what_has_no_row_is_left_to_people(scene):
    rows = scene.lab.inbox_rows("bvc")
    scene.checks.that("an inbox without [intake] writes nothing", rows and not any(r["intake"] for r in rows), str(len(rows)))
    written = [row["Type"] for row in scene.system.intakes.rows.values()]
    scene.checks.that("nothing else was written", sorted(written) == ["Råd och stöd", "Svar på begäran"], str(written))
    scene.checks.that("what was asked was in order", not scene.system.wrong, str(scene.system.wrong))


def body(lab, checks, _arguments):
    secrets = tempfile.mkdtemp(prefix="samsignal-flow-keys-")
    scene = None
    try:
        scene = Scene(lab, checks, secrets)
        lab.start_all()
        the_answer_to_an_order(scene)
        a_request_for_support(scene)
        what_has_no_row_is_left_to_people(scene)
    finally:
        if scene is not None:
            scene.client.close()
            scene.system.close()
        shutil.rmtree(secrets, ignore_errors=True)


main(body)
