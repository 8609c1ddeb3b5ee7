"""Marked people go through every adapter on every path, and then every byte that was left is searched.

HL7 v2, CSV, XML, SFTP, FHIR, REST and SQL (PostgreSQL's own way and ODBC), and the way out: intakes that are written.

Rules: a number, a name, an address, a telephone number and a professional's words stand in no log, no metric,
no answer, no receipt and no file of a store, whether the message was taken, put aside, refused, repeated, fixed or
broken; what an operator is shown is masked until it is revealed with a reason.
"""
import json
import os

import marked_samples as samples
from fhir_client import Keys, Sender, sample, version
from harness import Child, Client, Messages, main, wait_for
from lab import write
from lifecare import ENDPOINTS, Extract, local
from marked_feeds import DENTAL, Intake, Sftp, Sql, Xml, dental_files
from marked_look import all_ships, no_metric, operators_look, stop_and_search
from marked_ways import PEOPLE, walked
from marks import NUMBER, around, marked, own_words

AT = "20260302081500+0100"


class Bvc:
    """HL7 v2 over MLLP."""

    def __init__(self, lab):
        self.lab, self.answers = lab, []
        self.messages = Messages("K")
        self.child = Child("Kanariesson^Märtagull", NUMBER, "20260117")

    def mark(self, text):
        return (text.replace("Provgatan 1^^Bollnäs", "Kanariegatan 9^^Kanarieby")
                .replace("0701740605", "0701740633").replace("Testsson^Vuxen", "Kanariesson^Vuxen"))

    def tell(self, texts):
        client = Client(self.lab.ports["mllp"])
        codes = []
        for text in texts:
            data = text if isinstance(text, bytes) else text.encode()
            try:
                codes.append(client.send(data))
            except (AssertionError, StopIteration, IndexError):  # an answer without a name to answer to
                codes.append("?")
            self.answers.append(client.answer)
        client.close()
        return codes

    def paths(self):
        m = self.messages
        good = self.mark(m.report(self.child, AT, False, "Kanariefras om barnet"))
        unsigned = self.mark(m.report(self.child, AT, False, "Kanariefras")).replace("|LA|", "|DO|")
        wrong_code = self.mark(m.form(self.child, AT, [("BSU", "Kanariefras"), ("BSS", "J")]))
        wrong_time = self.mark(m.appointment("S26", self.child, AT, NUMBER, "Y4", "Kanariefras", "Noshow"))
        conflict = good.replace("om barnet", "om ett annat")
        stranger = self.mark(m.registered(self.child, AT)).replace("|COSMIC|", "|Kanariesson|")
        other = self.mark(m.registered(self.child, AT)).replace("ADT^A28^ADT_A05", f"ZZZ^{NUMBER}^Kanariesson")
        latin = self.mark(m.report(self.child, AT, False, "Märtagull")).replace("UNICODE UTF-8", "8859/1")
        line_ends = good.replace("\r", "\n").replace("K00001", "K00777")
        name_as_number = self.mark(m.registered(Child("X^Y", "20210325K069", "20210325"), AT)).replace(
            "20210325K069", "Kanariesson Märtagull")
        # Keys that a system made of a number: an appointment's, and a message's, which its answer must repeat.
        by_number = self.mark(m.appointment("S26", self.child, AT, NUMBER, "M8", AT, "Noshow"))
        names = self.mark(m.appointment("S26", self.child, AT, NUMBER + "-2", "M8", AT, "Noshow"))
        codes = self.tell([by_number])
        repeated = Client(self.lab.ports["mllp"])
        codes += [repeated.send(self.with_control(text, NUMBER).encode()) for text in (names, names + "NTE|1||x\r", wrong_code)]
        repeated.close()
        assert codes == ["AA"] * 4, codes
        texts = [good, good, conflict, unsigned, wrong_code, wrong_time, stranger, other, latin.encode("latin-1"),
                 line_ends, name_as_number, f"MSH|^~\\&|{NUMBER}|Kanariesson", f"Kanariefras {NUMBER}",
                 good.encode("utf-16"), good.encode()[:200] + b"\xff\xfe" + good.encode()[200:]]
        return codes + self.tell(texts)

    @staticmethod
    def with_control(text, control):
        head, rest = text.split("\r", 1)
        fields = head.split("|")
        fields[9] = control
        return "|".join(fields) + "\r" + rest


class Dental:
    def __init__(self, lab):
        self.lab = lab
        os.makedirs(lab.path("dental-in"))
        lab.add_source("dental", "t4.ftv", "2321000198", "Hälso- och sjukvårdsnämnden", DENTAL,
                       "dental/mappings/dental-csv.toml")

    def drop(self, name, text, encoding="utf-8"):
        write(self.lab.path("dental-in/part"), "")
        with open(self.lab.path("dental-in/part"), "wb") as f:
            f.write(text.encode(encoding))
        os.rename(self.lab.path("dental-in/part"), self.lab.path("dental-in/" + name))

    def paths(self):
        names = dental_files()
        for name, text in names.items():
            self.drop(name, text)
        for name in names:
            wait_for("a receipt", lambda: any(os.path.exists(self.lab.path(f"dental-in/{end}")) for end in
                                              [f"done/{name}.ok", f"failed/{name}.err"]), 60)


class Fhir:
    def __init__(self, lab):
        self.lab = lab
        self.keys = Keys(lab.path("tls"))
        self.sender = Sender(lab, self.keys)
        section = ('[fhir]\naddress = "127.0.0.1:{port}"\ncertificate = "{0}"\nkey = "{1}"\nclient_ca = "{2}"\n'
                   'require_client_certificate = false\n[[fhir.client]]\nname = "cosmic"\nfingerprint = "{3}"\n')
        port = lab.free_port()
        lab.add_source("fhir", "cosmic.fhir", "2321000198", "Hälso- och sjukvårdsnämnden", section.format(
            self.keys.at("server.pem"), self.keys.at("server.key"), self.keys.at("ca.pem"),
            self.keys.fingerprint("cosmic"), port=port), "bvc/mappings/bvc-fhir.toml")
        self.sender.port = port

    def paths(self):
        ask, put = self.sender.ask, self.sender.put
        encounter = sample("encounter_contained_patient")
        patient = encounter["contained"][0]
        patient["name"] = [{"family": "Kanariesson", "given": ["Märtagull"]}]
        patient["identifier"] = [{"system": "urn:oid:1.2.752.129.2.1.3.1", "value": NUMBER}]
        patient["address"] = [{"line": ["Kanariegatan 9"], "city": "Kanarieby"}]
        patient["telecom"] = [{"system": "phone", "value": "0701740633"}]
        encounter["text"] = {"status": "generated", "div": f"<div>{NUMBER} Kanariefras</div>"}
        statuses = [put(encounter)[0], put(encounter)[0], put(version(encounter, 1, status="cancelled"))[0]]
        for number, change in enumerate([{"period": {"start": "Kanariefras"}}, {"status": "Kanariefras"}, {"class": {"code": NUMBER}},
                       {"subject": {"reference": f"Patient/{NUMBER}"}}, {"subject": NUMBER}, {NUMBER: "Kanariefras"},
                       {"type": [{"coding": [{"system": "Kanariesson", "code": NUMBER}]}]}]):
            statuses.append(put(version(encounter, 7, id=f"m{number}", **change))[0])
        for method, path, body in [
                ("PUT", f"/Encounter/{NUMBER}", encounter), ("PUT", f"/Kanariesson/{NUMBER}", encounter),
                ("GET", f"/Patient?identifier={NUMBER}&name=Kanariesson", None), ("POST", "/Encounter", f'{{"{NUMBER}'),
                ("POST", "/Encounter", {"resourceType": "Kanariesson"}), ("DELETE", f"/Patient/{NUMBER}", None),
                ("POST", "", {"resourceType": "Bundle", "type": "Kanariefras", "entry": [{"resource": encounter}]}),
                ("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": [
                    {"fullUrl": f"urn:x:{NUMBER}", "resource": encounter,
                     "request": {"method": NUMBER, "url": f"Encounter/{NUMBER}"}}]})]:
            statuses.append(ask(method, path, body)[0])
        statuses.append(ask("POST", "/Encounter", encounter, headers=[f"X-Request-Id: {NUMBER}"], who="unknown")[0])
        return statuses


class Social:
    def __init__(self, lab):
        self.lab = lab
        self.extract = Extract("bollnas", "kanarienyckel")
        self.secrets = lab.path("lifecare.keys")
        write(self.secrets, 'domain = "bollnas"\nkey = "kanarienyckel"\n', 0o600)
        endpoints = "".join(f'[[poll.endpoint]]\nname = "{name}"\nmodified = "ModifiedDate"\n' for name in ENDPOINTS)
        lab.add_source("lifecare", "lifecare.bollnas", "2120002361", "Socialnämnden", (
            f'[poll]\nbase_url = "http://127.0.0.1:{self.extract.port}/apifc/v1/Extract"\n'
            f'allow_plain_loopback = true\nkeys_file = "lifecare.keys"\nstart = "{local(86400)[:10]}"\nevery_s = 1\n'
            f'requests_per_minute = 6000\nbackoff_min_ms = 50\nbackoff_max_s = 1\n{endpoints}'),
            "social/mappings/social-lifecare.toml")

    def close(self):
        self.extract.close()

    def paths(self):
        row = {"Id": 1, "Date": "2026-03-02T11:40:00", "Type": "Orosanmälan", "FromWho": "Kanariesson",
               "Reason": "Kanariefras", "Status": "Inkommen", "InvestigationId": None, "OrganisationUnitId": 101,
               "PersonId": NUMBER}
        for number, change in enumerate([{}, {"Date": "Kanariefras"}, {"Status": "Kanariefras"}, {"PersonId": "Kanariesson"},
                                         {"Type": "Kanariefras"}, {"InvestigationId": NUMBER}], 1):
            self.extract.put("Actualisations", dict(row, Id=number, **change))
        self.extract.put("Actualisations", dict(row, Id=f"Kanariesson {NUMBER}"))
        for endpoint, one in samples.rest("adapters/social/samples/lifecare/*.json"):
            self.extract.put(endpoint, one)
        self.extract.put("Decisions", {"Id": 1, "PersonId": NUMBER, "Kanariesson": NUMBER, "Date": NUMBER})
        for status, body in [(500, f"Kanariefras {NUMBER}"), (200, f'{{"{NUMBER}":'), (403, "Kanariesson")]:
            self.extract.fault(status, body, Location=f"http://127.0.0.1/{NUMBER}")
        begun = len(self.extract.requests())
        wait_for("the extract to be asked", lambda: len(self.extract.requests()) > begun + 40, 60)


SENDERS = ("dental-in/", "xml-in/", "sftp-in/", "sftp-server/")


def body(lab, checks, _arguments):
    dental, fhir, social = Dental(lab), Fhir(lab), Social(lab)
    more = [Xml(lab), Sftp(lab), Sql(lab), Intake(lab)]
    bvc = Bvc(lab)
    try:
        all_paths(lab, checks, bvc, dental, fhir, social, more)
    finally:
        for one in [social, *more]:
            one.close()


def all_paths(lab, checks, bvc, dental, fhir, social, more):
    lab.start_all()
    lab.tick("2026-03-02T19:00:00Z")
    codes = bvc.paths()
    checks.that("HL7 v2: ones that were taken, and ones that could not be answered by name", {"AA", "?"} <= set(codes),
                str(codes))
    dental.paths()
    statuses = fhir.paths()
    checks.that("FHIR: taken, refused, unknown and conflicting ones were among them",
                {200, 400, 403, 404, 409} <= set(statuses), str(statuses))
    social.paths()
    for one in more:
        one.paths(checks)
    aside = {source: operators_look(lab, checks, source) for source in ["adapter", *lab.sources]}
    checks.that("each adapter had put some aside", all(aside.values()), str(aside))
    no_metric(lab, checks, [lab.ports["adapter_http"], lab.ports["intake"]])
    for process in [lab.adapter, *lab.sources.values(), *lab.inboxes.values()]:
        process.kill()
    lab.start_adapter()
    for inbox in lab.inboxes.values():
        inbox.start()
    for source in lab.sources:
        lab.start_source(source)
    all_ships(lab, ["adapter", *lab.sources])
    missed = lab.tool("log", "find", "--kind", "event", "--limit", 100000).stdout
    checks.that("events went whose keys are a number", missed.count("bvc.visit.missed") == 2, str(missed.count("bvc.visit.missed")))
    checks.that("and what the hub's tool lists of its log holds no mark", marked(missed) is None, str(marked(missed)))
    checks.that("the report with all its words arrived, so that there was something to find",
                any(marked(json.dumps(lab.inbox_rows("mottagning"), ensure_ascii=False)) or marked(
                    lab.inbox_tool("mottagning", "show", row["id"]).stdout) for row in lab.inbox_rows("mottagning")))
    said = [around(own_words(a)) for a in bvc.answers if marked(own_words(a))]
    checks.that("no MLLP answer holds a mark of its own", not said and sum(map(len, bvc.answers)) > 1_000, str(said))
    answers = [a.split("\r\n\r\n", 1) for a in fhir.sender.answers]
    checks.that("no FHIR answer holds a mark", not any(marked(a) for pair in answers for a in pair),
                str([marked(a) for pair in answers for a in pair if marked(a)][:3]))
    walked(lab, checks, PEOPLE)
    stop_and_search(lab, checks, SENDERS)


if __name__ == "__main__":
    main(body)
