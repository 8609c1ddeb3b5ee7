"""Views of a real PostgreSQL as a source: the real adapter, the real hub, and transactions that end late.

Rows become events once, whichever of the two cursors finds them; a row whose transaction took its number and its
time before another one, and ends after that one was told, is told too; SIGKILL between question and commit, a server
that restarts, locks and wrong logins lose nothing and double nothing; an unsafe cursor is refused with its reason;
neither the connection's settings nor a person stand in any file, line or metric.
"""
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter

from harness import main, wait_for
from lab import REPO, Process, free_ports, http_get, json_lines, run, write
from leaks import search

sys.path.insert(0, os.path.join(REPO, "tests/support"))
from postgres import Postgres  # noqa: E402

LOGIN, SECRET = "samsignal_las", "hemligt'ord\\7f3a&91"
PERSONS = ["20210325K069", "98240301AA06", "202512012384", "195009072553"]

SCHEMA = f"""
CREATE SCHEMA ifo; CREATE SCHEMA samsignal;
CREATE TABLE ifo.anmalan (id bigint PRIMARY KEY, personnr text, inkom timestamp, typ text, skyddsbedomd timestamptz,
  ors text, belopp numeric(20,3), sekretess boolean, dag date);
CREATE TABLE ifo.utredning (id uuid PRIMARY KEY, personnr text, anmalan bigint, beslut text, beslutad timestamptz,
  avslutad timestamptz, andrad timestamptz NOT NULL DEFAULT now());
CREATE TABLE ifo.placering (id int PRIMARY KEY, personnr text, typ text, fran date, till date,
  skrevs xid8 NOT NULL DEFAULT pg_current_xact_id(), lopnr bigserial);
CREATE FUNCTION samsignal.numret(t text) RETURNS text LANGUAGE plpgsql VOLATILE AS
  $$BEGIN RAISE WARNING 'person %', t; RETURN t; END$$;
CREATE VIEW samsignal.reports AS SELECT a.id AS "Id", samsignal.numret(a.personnr) AS "PersonId",
  a.inkom AS "ReceivedAt", a.typ AS "Type", a.skyddsbedomd AS "ProtectionAssessedAt", a.belopp AS "Belopp",
  a.sekretess AS "Sekretess", a.dag AS "Dag", a.xmin AS changed FROM ifo.anmalan a;
CREATE VIEW samsignal.inquiries AS SELECT id AS "Id", personnr AS "PersonId", anmalan AS "ReportId",
  beslut AS "Result", beslutad AS "DecidedAt", avslutad AS "ClosedAt", andrad AS changed FROM ifo.utredning;
CREATE VIEW samsignal.placements AS SELECT id AS "Id", personnr AS "PersonId", typ AS "Type", fran AS "FromDate",
  till AS "ToDate", skrevs AS changed, lopnr AS serial FROM ifo.placering;
CREATE ROLE {LOGIN} LOGIN PASSWORD $pw${SECRET}$pw$;
GRANT USAGE ON SCHEMA samsignal TO {LOGIN};
GRANT SELECT ON samsignal.reports, samsignal.inquiries, samsignal.placements TO {LOGIN};
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
columns = ["PersonId", "ReceivedAt", "Type", "ProtectionAssessedAt", "Belopp", "Sekretess", "Dag"]

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
        write(self.config, ADAPTER.format(
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
        tables = ["Reports", "Inquiries", "Placements"]
        # A page may be under way, a round has several: what begins after two more ends after three.
        begun = {table: wait_for("the metrics", lambda t=table: [self.reads(t)], seconds)[0] for table in tables}
        wait_for("every table to be read", lambda: all(self.reads(t) >= begun[t] + 3 for t in tables), seconds)
        wait_for("the outbox to drain", lambda: ", 0 not yet at the hub" in self.tool("status").stdout, seconds)

    def tool(self, *args, check=True):
        return run([self.lab.bin("samsignal-adapter"), *args, self.config], check=check)

    def log(self):
        with open(self.adapter.log_path, encoding="utf-8") as f:
            return f.read()

    def told(self, event, *parts):
        return [line for line in self.log().splitlines()
                if f"event={event}" in line and all(part in line for part in parts)]


def rows_become_events_once(scene):
    number = int(scene.postgres.sql("SELECT pg_current_xact_id()"))
    scene.checks.that("the transaction numbers of this server have begun again once", number > 2 ** 32, str(number))
    for _ in range(25):  # three pages
        scene.postgres.sql(scene.report())
    scene.postgres.sql("BEGIN;" + "".join(scene.report() for _ in range(15)) + "COMMIT;")  # one transaction, two pages
    scene.postgres.sql(scene.report(typ="'Ansökan'") + scene.report(skyddsbedomd="'2026-03-02 10:00+01'"))
    scene.postgres.sql(scene.inquiry(1) + f"""
INSERT INTO ifo.placering VALUES (1, '{PERSONS[1]}', 'Familjehem LVU', '2026-03-04', NULL),
  (2, '{PERSONS[1]}', 'HVB SoL', '2026-01-04', '2026-03-01'), (3, '{PERSONS[1]}', 'Kontaktfamilj', '2026-03-04', NULL);
""")
    scene.start()
    scene.read_on()
    expected = {REPORT: 41, "social.protection.assessed": 1, INQUIRY: 1, PLACEMENT: 3}
    found = scene.events()
    scene.checks.that("the rows of the views become their events", found == expected, str(dict(found)))
    scene.postgres.sql("UPDATE ifo.anmalan SET ors = 'x'; UPDATE ifo.utredning SET andrad = now();"
                       "UPDATE ifo.placering SET skrevs = pg_current_xact_id();")
    scene.read_on()
    scene.checks.that("touched without saying anything new, they become no more", scene.events() == found)
    scene.postgres.sql("UPDATE ifo.placering SET till = '2026-03-20', skrevs = pg_current_xact_id() WHERE id = 1;")
    scene.read_on()
    scene.checks.that("what a row says anew is told", scene.count(PLACEMENT) == 4)


def numbers_that_begin_again(scene):
    """The expression that unit tests pin, in the server itself: a snapshot four past a new beginning of the 32 bits."""
    with open(os.path.join(REPO, "tests/unit/adapters/sql/whole_number.sql"), encoding="utf-8") as f:
        expression = f.read()
    cases = {2 ** 32 - 6: 2 ** 32 - 6, 10: 2 ** 32 + 10, 4: 2 ** 32 + 4, 2 ** 31 + 5: 2 ** 31 + 5,
             2 ** 31 + 3: 2 ** 32 + 2 ** 31 + 3}
    for number, whole in cases.items():
        got = scene.postgres.sql(f"SELECT {expression} FROM (VALUES ('{number}'::xid)) t(changed)")
        scene.checks.that(f"transaction {number} is the one nearest to the snapshot", got == str(whole), got)


def a_transaction_that_ends_late_is_seen(scene):
    before = scene.events()
    late = scene.postgres.session()
    late.sql("BEGIN;" + scene.report() + scene.inquiry(20) +
             f"INSERT INTO ifo.placering VALUES (20, '{PERSONS[1]}', 'HVB SoL', '2026-03-04', NULL);")
    scene.postgres.sql(scene.report() + scene.inquiry(21) +
                       f"INSERT INTO ifo.placering VALUES (21, '{PERSONS[1]}', 'HVB SoL', '2026-03-04', NULL);")
    scene.read_on()
    found = scene.events()
    scene.checks.that("the later transaction, which ended first, does not wait for the earlier one",
                      all(found[kind] == before[kind] + 1 for kind in (REPORT, INQUIRY, PLACEMENT)), str(dict(found)))
    wait_for("the alarm of the open transaction", lambda: scene.told("sql-held-back"))
    scene.adapter.kill()  # the place on disk must not have passed the open transaction either
    scene.start()
    scene.read_on()
    late.sql("COMMIT;")
    late.close()
    scene.read_on()
    found = scene.events()
    scene.checks.that("the earlier one, which ended after that was told, is told too, by both cursors",
                      all(found[kind] == before[kind] + 2 for kind in (REPORT, INQUIRY, PLACEMENT)), str(dict(found)))
    scene.checks.that("an overlap that was needed is counted", scene.metric("samsignal_sql_late_rows_total") >= 1)

    undone, prepared = scene.postgres.session(), scene.postgres.session()
    undone.sql("BEGIN;" + scene.report())
    prepared.sql("BEGIN;" + scene.report() + "PREPARE TRANSACTION 'p';")
    prepared.close()
    scene.postgres.sql(scene.report())
    scene.read_on()
    undone.sql("ROLLBACK;")
    undone.close()
    scene.read_on()
    scene.postgres.sql("COMMIT PREPARED 'p'")
    scene.read_on()
    scene.checks.that("one that was undone is never told, a prepared one when it ends",
                      scene.count(REPORT) == found[REPORT] + 2)


def killed_at_any_moment(scene, chance, kills):
    before, sent = scene.count(REPORT), 0
    for _ in range(kills):
        for _ in range(chance.randrange(1, 30)):
            scene.postgres.sql(scene.report())
            sent += 1
        time.sleep(chance.uniform(0.02, 1.2))  # when the blow falls, not a wait for something
        scene.adapter.kill()
        scene.start()
    scene.read_on(120)
    found = scene.count(REPORT) - before
    scene.checks.that(f"{kills} kills between question and commit lose nothing and double nothing", found == sent,
                      f"{sent} rows, {found} events")


def the_server_restarts_and_locks(scene):
    before = scene.count(REPORT)
    scene.postgres.stop()
    wait_for("the alarm", lambda: scene.told("sql-failing", "what=unreachable"))
    scene.postgres.start()
    scene.postgres.sql(scene.report())
    scene.read_on()
    scene.checks.that("after a restart of the server the reading goes on, and its end is told",
                      scene.count(REPORT) == before + 1 and scene.told("sql-recovered"))
    locker = scene.postgres.session()
    locker.sql("BEGIN; LOCK TABLE ifo.anmalan IN ACCESS EXCLUSIVE MODE;" + scene.report())
    wait_for("the time limit", lambda: scene.metric("samsignal_sql_questions_total", '"Reports"', '"slow"') >= 1)
    begun = scene.reads("Placements")
    wait_for("another table to be read meanwhile", lambda: scene.reads("Placements") > begun)
    locker.sql("COMMIT;")
    locker.close()
    scene.read_on()
    scene.checks.that("a locked table is given up after statement_ms and read later; the others go on",
                      scene.count(REPORT) == before + 2)


def a_wrong_password(scene):
    before = scene.count(REPORT)
    scene.postgres.stop()
    scene.login("fel-ord-" + SECRET)
    scene.postgres.start()
    wait_for("the alarm", lambda: scene.told("sql-failing", "what=denied"))
    scene.postgres.sql(scene.report())
    scene.login(SECRET)
    scene.read_on()
    scene.checks.that("a wrong password is an alarm of its own; a right one needs no restart",
                      scene.count(REPORT) == before + 1)
    os.chmod(scene.connection, 0o644)
    scene.adapter.stop()
    failed = Process("ifo-open", scene.adapter.argv, scene.lab.folder)
    failed.start()
    wait_for("the refusal", lambda: not failed.running)
    os.chmod(scene.connection, 0o600)
    scene.checks.that("a connection file that others may read is refused at start, with what to do",
                      "chmod 600" in failed.tail() and failed.child.returncode != 0)


def unsafe_cursors_are_refused(scene):
    with open(scene.config, encoding="utf-8") as f:
        good = f.read()
    bad = good.replace('table = "samsignal.placements"\nid = "Id"\ncursor = "snapshot"\ncursor_column = "changed"',
                       'table = "samsignal.placements"\nid = "Id"\ncursor = "overlap"\ncursor_column = "serial"')
    write(scene.config, bad)
    told = len(scene.told("sql-failing"))
    scene.start()
    wait_for("the refusal", lambda: len(scene.told("sql-failing")) > told)
    scene.checks.that("a sequence as cursor is refused with the reason",
                      "is given out before its row is visible" in scene.told("sql-failing")[-1],
                      scene.told("sql-failing")[-1])
    scene.adapter.stop()
    write(scene.config, good)
    scene.postgres.sql(f"INSERT INTO ifo.utredning VALUES ('00000000-0000-4000-8000-000000000099', '{PERSONS[0]}', 1,"
                       "'Inleds', '2026-03-03 09:00+01', NULL); ALTER TABLE ifo.utredning ALTER andrad DROP NOT NULL;"
                       "UPDATE ifo.utredning SET andrad = NULL WHERE id = '00000000-0000-4000-8000-000000000099';")
    scene.start()
    wait_for("the refusal", lambda: scene.told("sql-failing", "what=no-key"))
    before = scene.count(INQUIRY)
    scene.postgres.sql("UPDATE ifo.utredning SET andrad = now() WHERE andrad IS NULL")
    scene.read_on()
    scene.checks.that("a row without a value in the cursor column is an alarm, not a loss",
                      scene.count(INQUIRY) == before + 1)


def a_restored_database(scene, other):
    """The same tables on a server whose transactions are numbered lower, as after a restore into a fresh one."""
    before = scene.count(REPORT)
    scene.postgres.stop()
    other.start()
    other.sql(SCHEMA)
    scene.postgres = other
    other.sql(scene.report())
    scene.login(SECRET)
    wait_for("the alarm", lambda: scene.told("sql-failing", "what=went-back"))
    scene.checks.that("a database that went back is not read on by its old place", scene.count(REPORT) == before)
    scene.adapter.stop()
    with open(scene.config, encoding="utf-8") as f:
        text = f.read().replace("[sql]\n", "[sql]\nread_again = 1\n")
    write(scene.config, text)
    scene.start()
    scene.read_on()
    scene.checks.that("with read_again it is read anew", scene.count(REPORT) == before + 1)


def nothing_personal_anywhere(scene):
    metrics = http_get(scene.http, "/metrics") + http_get(scene.lab.ports["http"], "/metrics")
    needles = [SECRET, "hemligt", LOGIN, "Omsorgssvikt", "password=", "dbname", "SELECT "] + PERSONS
    found, files = search(scene.lab.folder, needles, metrics)
    scene.checks.that("login, query and person are in no file, log line or metric", not found and files > 10,
                      f"{files} files; {found[:5]}")
    status = scene.tool("status").stdout
    scene.checks.that("status tells how the tables fare", "table Inquiries: read" in status, status)


def body(lab, checks, arguments):
    secrets = tempfile.mkdtemp(prefix="samsignal-flow-keys-")
    scene, servers = None, []
    try:
        servers.append(Postgres(epoch=1))
        servers.append(Postgres())
        servers[0].start()
        servers[0].sql(SCHEMA)
        scene = Scene(lab, checks, secrets, servers[0])
        lab.start_hub()
        rows_become_events_once(scene)
        numbers_that_begin_again(scene)
        a_transaction_that_ends_late_is_seen(scene)
        killed_at_any_moment(scene, random.Random(arguments.seed), arguments.kills)
        the_server_restarts_and_locks(scene)
        a_wrong_password(scene)
        unsafe_cursors_are_refused(scene)
        a_restored_database(scene, servers[1])
        nothing_personal_anywhere(scene)
        code, _ = scene.adapter.stop()
        checks.that("the adapter stops cleanly", code == 0, str(code))
    finally:
        if scene is not None:
            scene.adapter.kill()
        for server in servers:
            server.close()
        shutil.rmtree(secrets, ignore_errors=True)


main(body, kills=8)
