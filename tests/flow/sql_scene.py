"""What the tests of the SQL source share: tables and views of a social system in a real PostgreSQL, and the adapter
that asks them."""
import os
import sys
from collections import Counter

from harness import wait_for
from lab import REPO, Process, free_ports, http_get, json_lines, run, write
from leaks import search

sys.path.insert(0, os.path.join(REPO, "tests/support"))

LOGIN, SECRET = "samsignal_las", "hemligt'ord\\7f3a&91"
PERSONS = ["20210325K069", "98240301AA06", "202512012384", "195009072553"]

SCHEMA = f"""
CREATE SCHEMA ifo; CREATE SCHEMA samsignal;
CREATE TABLE ifo.anmalan (id bigint PRIMARY KEY, personnr text, inkom timestamp, typ text, skyddsbedomd timestamptz,
  ors text, belopp numeric(20,3), sekretess boolean, dag date, fritext text);
CREATE TABLE ifo.utredning (id uuid PRIMARY KEY, personnr text, anmalan bigint, beslut text, beslutad timestamptz,
  avslutad timestamptz, andrad timestamptz NOT NULL DEFAULT now());
CREATE TABLE ifo.placering (id int PRIMARY KEY, personnr text, typ text, fran date, till date,
  skrevs xid8 NOT NULL DEFAULT pg_current_xact_id(), lopnr bigserial);
CREATE FUNCTION samsignal.numret(t text) RETURNS text LANGUAGE plpgsql VOLATILE AS
  $$BEGIN RAISE WARNING 'person %', t; RETURN t; END$$;
CREATE VIEW samsignal.reports AS SELECT a.id AS "Id", samsignal.numret(a.personnr) AS "PersonId",
  a.inkom AS "ReceivedAt", a.typ AS "Type", a.skyddsbedomd AS "ProtectionAssessedAt", a.belopp AS "Belopp",
  a.sekretess AS "Sekretess", a.dag AS "Dag", a.fritext AS "Fritext", a.xmin AS changed FROM ifo.anmalan a;
CREATE VIEW samsignal.inquiries AS SELECT id AS "Id", personnr AS "PersonId", anmalan AS "ReportId",
  beslut AS "Result", beslutad AS "DecidedAt", avslutad AS "ClosedAt", andrad AS changed FROM ifo.utredning;
CREATE VIEW samsignal.placements AS SELECT id AS "Id", personnr AS "PersonId", typ AS "Type", fran AS "FromDate",
  till AS "ToDate", skrevs AS changed, lopnr AS serial FROM ifo.placering;
CREATE TABLE ifo.oro (id int PRIMARY KEY, personnr text, akut boolean, oro text, vuxna jsonb, filer jsonb);
CREATE VIEW samsignal.signed_reports AS SELECT id AS "Id", personnr AS "PersonId", '2183' AS "Municipality", 'N' AS "Protection",
  timestamp '2026-03-02 11:15' AS "SignedAt", akut AS "Acute", 'Maj Ek' AS "SignerName", 'socionom' AS "SignerRole",
  'bollnas.forebyggande' AS "SignerFunction", oro AS "Concern", vuxna AS "Guardians",
  (SELECT json_agg(f) FROM jsonb_array_elements(filer) f) AS "Attachments", xmin AS changed FROM ifo.oro;
CREATE ROLE {LOGIN} LOGIN PASSWORD $pw${SECRET}$pw$;
GRANT USAGE ON SCHEMA samsignal TO {LOGIN};
GRANT SELECT ON samsignal.reports, samsignal.inquiries, samsignal.placements, samsignal.signed_reports TO {LOGIN};
GRANT EXECUTE ON FUNCTION samsignal.numret TO {LOGIN};
"""

ADAPTER = """[source]
system_id = "ifo.bollnas"
org_nr = "2120002361"
board = "Socialnämnden"
environment = "test"

[sql]
backend = "postgresql"
connection_file = "{connection}"
attachments = "ifo-files"
first_load = "live"
every_s = 1
page = 10
statement_ms = 1500
held_back_s = 2
sweep_back_h = 0
backoff_min_ms = 100
backoff_max_s = 1

[[sql.table]]
name = "Reports"
table = "samsignal.reports"
id = "Id"
cursor = "snapshot"
cursor_column = "changed"
columns = ["PersonId", "ReceivedAt", "Type", "ProtectionAssessedAt", "Belopp", "Sekretess", "Dag", "Fritext"]

[[sql.table]]
name = "Inquiries"
table = "samsignal.inquiries"
id = "Id"
cursor = "overlap"
cursor_column = "changed"
overlap_s = 60
columns = ["PersonId", "ReportId", "Result", "DecidedAt", "ClosedAt"]

[[sql.table]]
name = "Placements"
table = "samsignal.placements"
id = "Id"
cursor = "snapshot"
cursor_column = "changed"
columns = ["PersonId", "Type", "FromDate", "ToDate"]

[[sql.table]]
name = "SignedReports"
table = "samsignal.signed_reports"
id = "Id"
cursor = "snapshot"
cursor_column = "changed"
columns = ["PersonId", "Municipality", "Protection", "SignedAt", "Acute", "SignerName", "SignerRole", "SignerFunction",
           "Concern", "Guardians", "Attachments"]

[mapping]
file = "{mapping}"

[store]
path = "adapter/ifo"
key_file = "keys/ifo.kek"
low_disk_mb = 16

[hub]
endpoint = "tcp://127.0.0.1:{ingress}"
public_key = "{hub_key}"
key_file = "keys/ifo.curve"

[admin]
socket = "run/ifo.sock"

[http]
endpoint = "127.0.0.1:{http}"
"""
REPORT, INQUIRY, PLACEMENT = "social.report.received", "social.inquiry.decided", "social.placement.changed"


class Scene:
    settings, tables = ADAPTER, ["Reports", "Inquiries", "Placements", "SignedReports"]

    def __init__(self, lab, checks, secrets, postgres):
        self.lab, self.checks, self.postgres = lab, checks, postgres
        made = run([lab.bin("samsignal"), "--json", "keys", "new", "ifo", "--dir", lab.path("keys")])
        public = json_lines(made.stdout)[0]["public"]
        with open(lab.path("peers.toml"), "a", encoding="utf-8") as peers:
            peers.write(f'\n[[peer]]\nname = "ifo"\nrole = "source"\nkey = "{public}"\n'
                        'systems = ["ifo.bollnas"]\ncontrollers = ["2120002361"]\n')
        self.connection = os.path.join(secrets, "ifo.connection")
        self.login(SECRET)
        self.http = free_ports(1)[0]
        self.config = lab.path("ifo.toml")
        write(self.config, self.settings.format(
            connection=self.connection, mapping=os.path.join(REPO, "adapters/social/mappings/social-sql.toml"),
            ingress=lab.ports["ingress"], hub_key=lab.keys["hub"], http=self.http))
        self.adapter = Process("ifo", [lab.bin("samsignal-adapter"), "run", self.config], lab.folder)
        self.number = 0

    def start(self):
        self.adapter.start()

    def login(self, secret):
        write(self.connection, f'host = "127.0.0.1"\nport = "{self.postgres.port}"\ndbname = "postgres"\n'
              f'user = "{LOGIN}"\npassword = "{secret}"\n', 0o600)

    def report(self, **more):
        self.number += 1
        row = {"typ": "'Orosanmälan'", "skyddsbedomd": "NULL", "personnr": f"'{PERSONS[self.number % 3]}'"}
        row.update(more)
        return (f"INSERT INTO ifo.anmalan VALUES ({self.number}, {row['personnr']}, '2026-03-02 08:15:00.25', "
                f"{row['typ']}, {row['skyddsbedomd']}, 'Omsorgssvikt hemma', 12.340, true, '2026-03-01');")

    def inquiry(self, number):
        return (f"INSERT INTO ifo.utredning VALUES ('00000000-0000-4000-8000-{number:012d}', '{PERSONS[0]}', 1, "
                f"'Inleds', '2026-03-03 09:00+01', NULL);")

    def events(self):
        found = self.lab.tool_json("log", "find", "--kind", "event", "--peer", "ifo", "--limit", 1000000)
        assert len({e["event"] for e in found}) == len(found), "an event stands in the log twice"
        return Counter(e["summary"] for e in found)

    def count(self, kind):
        return self.events()[kind]

    def metric(self, name, *labels):
        return sum(float(line.split()[-1]) for line in http_get(self.http, "/metrics").splitlines()
                   if line.startswith(name) and all(label in line for label in labels))

    def reads(self, table):
        return self.metric("samsignal_sql_questions_total", f'"{table}"', '"ok"')

    def read_on(self, seconds=60):
        """Waits until every table was read to its end anew, and the outbox is at the hub."""
        # A page may be under way, a round has several: what begins after two more ends after three.
        begun = {table: wait_for("the metrics", lambda t=table: [self.reads(t)], seconds)[0] for table in self.tables}
        wait_for("every table to be read", lambda: all(self.reads(t) >= begun[t] + 3 for t in self.tables), seconds)
        wait_for("the outbox to drain", lambda: ", 0 not yet at the hub" in self.tool("status").stdout, seconds)

    def tool(self, *args, check=True):
        return run([self.lab.bin("samsignal-adapter"), *args, self.config], check=check)

    def aside(self):
        """Quarantine as it is listed, one entry a line."""
        listed = self.tool("quarantine", "list").stdout
        return [line for line in listed.splitlines() if line[:1].isdigit()]

    def log(self):
        with open(self.adapter.log_path, encoding="utf-8") as f:
            return f.read()

    def told(self, event, *parts):
        return [line for line in self.log().splitlines()
                if f"event={event}" in line and all(part in line for part in parts)]

    def nothing_personal_anywhere(self, more=()):
        metrics = http_get(self.http, "/metrics") + http_get(self.lab.ports["http"], "/metrics")
        needles = [SECRET, "hemligt", LOGIN, "Omsorgssvikt", "password=", "dbname", "SELECT ", *more] + PERSONS
        found, files = search(self.lab.folder, needles, metrics)
        self.checks.that("login, query and person are in no file, log line or metric", not found and files > 10,
                         f"{files} files; {found[:5]}")
        status = self.tool("status").stdout
        self.checks.that("status tells how the tables fare", "table Inquiries: read" in status, status)
