"""Views of a database over ODBC: the real adapter, a real PostgreSQL behind its ODBC driver, by the generic SQL.

Nothing is known of the server but what every server has, so there is one cursor: a time with an overlap. A row
whose transaction took its time before another one, and ends after that one was told, is told; so are rows that share
one time over several pages. Kills, restarts, locks, a wrong login, a driver that is not there lose nothing and double
nothing. Texts come whole, whatever size the driver says their column has. Neither the connection's settings nor a
person stand in any file, line or metric.
"""
import os
import random
import shutil
import tempfile
import time

from harness import main, wait_for
from lab import run, write
from sql_scene import ADAPTER, INQUIRY, LOGIN, REPORT, SCHEMA, Scene
from postgres import Postgres, odbc_driver

HARD = "hemligt'ord;PWD=3f}a{&91 å"

ODBC_SCHEMA = SCHEMA.replace("inkom timestamp, typ text, skyddsbedomd timestamptz",
                             "inkom timestamp, typ varchar(18), skyddsbedomd timestamp") + f"""
ALTER TABLE ifo.anmalan ADD andrad timestamp NOT NULL DEFAULT (now() AT TIME ZONE 'UTC');
CREATE VIEW samsignal.odbc_reports AS SELECT CAST('ärende-å' || lpad(CAST(id AS text), 8, '0') AS varchar(16)) AS "Id",
  samsignal.numret(personnr) AS "PersonId", inkom AS "ReceivedAt", typ AS "Type",
  skyddsbedomd AS "ProtectionAssessedAt", belopp AS "Belopp", sekretess AS "Sekretess", dag AS "Dag",
  fritext AS "Fritext", andrad AS changed, id AS serial FROM ifo.anmalan;
CREATE VIEW samsignal.odbc_inquiries AS SELECT id AS "Id", personnr AS "PersonId", anmalan AS "ReportId",
  beslut AS "Result", beslutad AT TIME ZONE 'UTC' AS "DecidedAt", avslutad AT TIME ZONE 'UTC' AS "ClosedAt",
  andrad AT TIME ZONE 'UTC' AS changed FROM ifo.utredning;
GRANT SELECT ON samsignal.odbc_reports, samsignal.odbc_inquiries TO {LOGIN};
ALTER ROLE {LOGIN} PASSWORD $pw${HARD}$pw$;
"""

TABLES = """
[[sql.table]]
name = "Reports"
table = "samsignal.odbc_reports"
id = "Id"
cursor = "overlap"
cursor_column = "changed"
overlap_s = 60
columns = ["PersonId", "ReceivedAt", "Type", "ProtectionAssessedAt", "Belopp", "Sekretess", "Dag", "Fritext"]

[[sql.table]]
name = "Inquiries"
table = "samsignal.odbc_inquiries"
id = "Id"
cursor = "overlap"
cursor_column = "changed"
overlap_s = 60
columns = ["PersonId", "ReportId", "Result", "DecidedAt", "ClosedAt"]

"""


def settings():
    begin, rest = ADAPTER.split("\n[[sql.table]]", 1)
    return (begin.replace('backend = "postgresql"', 'backend = "odbc"\ntimes = "utc"') + TABLES +
            "[mapping]" + rest.split("[mapping]", 1)[1])


class OdbcScene(Scene):
    settings, tables = settings(), ["Reports", "Inquiries"]

    def login(self, secret, driver=None):
        if secret != "fel":
            secret = HARD
        write(self.connection, f'Driver = "{driver or odbc_driver()}"\nServername = "127.0.0.1"\n'
              f'Port = "{self.postgres.port}"\nDatabase = "postgres"\nUID = "{LOGIN}"\nPWD = "{secret}"\n'
              'BoolsAsChar = "0"\n', 0o600)


def rows_become_events_once(scene):
    for _ in range(25):  # three pages
        scene.postgres.sql(scene.report())
    scene.postgres.sql("BEGIN;" + "".join(scene.report() for _ in range(35)) + "COMMIT;")  # one time, four pages
    scene.postgres.sql(scene.report(typ="'Ansökan'") + scene.report(skyddsbedomd="'2026-03-02 09:00'"))
    scene.postgres.sql(scene.inquiry(1))
    scene.start()
    scene.read_on()
    expected = {REPORT: 61, "social.protection.assessed": 1, INQUIRY: 1}
    found = scene.events()
    scene.checks.that("the rows of the views become their events", found == expected, str(dict(found)))
    now = "(now() AT TIME ZONE 'UTC')"
    scene.postgres.sql(f"UPDATE ifo.anmalan SET andrad = {now}; UPDATE ifo.utredning SET andrad = now();")
    scene.read_on()
    scene.checks.that("touched without saying anything new, they become no more", scene.events() == found)
    scene.postgres.sql(f"UPDATE ifo.anmalan SET skyddsbedomd = {now}, andrad = {now} WHERE id = 1")
    scene.read_on()
    scene.checks.that("what a row says anew is told", scene.count("social.protection.assessed") == 2)


def texts_come_whole(scene):
    """A driver counts a column in characters; å has two bytes. And it calls a text of any size 8,190 long."""
    word, words = "åäö" * 6, "ö€𝄞" * 20_000
    scene.postgres.sql("BEGIN;" + scene.report(typ=f"'{word}'") +
                       f"UPDATE ifo.anmalan SET fritext = '{words}' WHERE typ = '{word}'; COMMIT;")
    scene.read_on()
    listed = run([scene.lab.bin("samsignal-adapter"), "quarantine", "list", scene.config]).stdout
    number = next(line.split()[0] for line in listed.splitlines() if line[:1].isdigit())
    shown = run([scene.lab.bin("samsignal-adapter"), "quarantine", "show", scene.config, number, "--reveal",
                 "--reason", "prov"]).stdout
    scene.checks.that("a row of another type is put aside, with its full words", f'"{word}"' in shown, shown[:300])
    scene.checks.that("a text is not cut at the size that the driver tells", words in shown, str(len(shown)))
    whole = ['"Belopp":"12.340"', '"Sekretess":true', '"Dag":"2026-03-01"', '"ReceivedAt":"2026-03-02T08:15:00.25Z"',
             '"ProtectionAssessedAt":null']
    scene.checks.that("numbers, truth, days, times and NULL come as they are", all(w in shown for w in whole),
                      shown.replace(words, "...")[:600])
    scene.postgres.sql(f"DELETE FROM ifo.anmalan WHERE typ = '{word}'")


def one_odd_row_stops_nobody(scene):
    before, aside = scene.events(), len(scene.aside())
    scene.postgres.sql("BEGIN;" + scene.report() +
                       f"UPDATE ifo.anmalan SET fritext = repeat('å', 1048577) WHERE id = {scene.number};" +
                       scene.report() + "COMMIT;" + scene.inquiry(40) + scene.inquiry(41) +
                       "UPDATE ifo.utredning SET andrad = 'infinity' "
                       "WHERE id = '00000000-0000-4000-8000-000000000040';")
    scene.read_on()
    found = scene.aside()
    scene.checks.that("a row with a value that is too long waits for a person, cut, and says which value it is",
                      len(found) == aside + 1 and "unreadable" in found[-1], str(found))
    shown = run([scene.lab.bin("samsignal-adapter"), "quarantine", "show", scene.config, found[-1].split()[0],
                 "--reveal", "--reason", "prov"]).stdout
    scene.checks.that("with its id and what there is of it",
                      "Fritext: cut" in shown and f"{scene.number - 1:08d}" in shown and "åååå" in shown, shown[:600])
    told = scene.events()
    scene.checks.that("the rows behind it are told", told[REPORT] == before[REPORT] + 1 and
                      told[INQUIRY] == before[INQUIRY] + 2, str(dict(told)))
    scene.read_on()
    scene.checks.that("the odd row lies there once", len(scene.aside()) == aside + 1)
    scene.postgres.sql("UPDATE ifo.utredning SET andrad = now() WHERE andrad = 'infinity';"
                       f"DELETE FROM ifo.anmalan WHERE id = {scene.number - 1};")


def a_transaction_that_ends_late_is_seen(scene):
    before = scene.events()
    late = scene.postgres.session()
    late.sql("BEGIN;" + scene.report() + scene.inquiry(20))
    scene.postgres.sql(scene.report() + scene.inquiry(21))
    scene.read_on()
    found = scene.events()
    scene.checks.that("the later transaction, which ended first, does not wait for the earlier one",
                      all(found[kind] == before[kind] + 1 for kind in (REPORT, INQUIRY)), str(dict(found)))
    scene.adapter.kill()
    scene.start()
    scene.read_on()
    late.sql("COMMIT;")
    late.close()
    scene.read_on()
    found = scene.events()
    scene.checks.that("the earlier one, which ended after that was told, is told too",
                      all(found[kind] == before[kind] + 2 for kind in (REPORT, INQUIRY)), str(dict(found)))
    scene.checks.that("an overlap that was needed is counted", scene.metric("samsignal_sql_late_rows_total") >= 2)


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


def troubles_are_told_and_end(scene):
    before = scene.count(REPORT)
    scene.postgres.stop()
    wait_for("the alarm", lambda: scene.told("sql-failing", "what=unreachable"))
    scene.login("fel")
    scene.postgres.start()
    refused = wait_for("a refusal", lambda: [scene.metric("samsignal_sql_questions_total", "denied") +
                                             scene.metric("samsignal_sql_questions_total", "unreachable")])[0]
    wait_for("another one", lambda: scene.metric("samsignal_sql_questions_total", "denied") +
             scene.metric("samsignal_sql_questions_total", "unreachable") > refused)
    scene.postgres.sql(scene.report())
    scene.login("rätt", driver="/nowhere/driver.so")
    wait_for("the driver that is missing", lambda: scene.metric("samsignal_sql_questions_total", '"driver"') >= 1)
    scene.login("rätt")
    scene.read_on()
    scene.checks.that("after server, login and driver are right again the reading goes on by itself, and that is told",
                      scene.count(REPORT) == before + 1 and scene.told("sql-recovered"))
    locker = scene.postgres.session()
    locker.sql("BEGIN; LOCK TABLE ifo.anmalan IN ACCESS EXCLUSIVE MODE;" + scene.report())
    wait_for("the time limit", lambda: scene.metric("samsignal_sql_questions_total", '"Reports"', '"slow"') >= 1)
    begun = scene.reads("Inquiries")
    wait_for("another table to be read meanwhile", lambda: scene.reads("Inquiries") > begun)
    locker.sql("COMMIT;")
    locker.close()
    scene.read_on()
    scene.checks.that("a locked table is given up after statement_ms and read later; the others go on",
                      scene.count(REPORT) == before + 2)


def unsafe_cursors_are_refused(scene):
    scene.adapter.stop()
    with open(scene.config, encoding="utf-8") as f:
        good = f.read()
    write(scene.config, good.replace('cursor_column = "changed"', 'cursor_column = "serial"', 1))
    told = len(scene.told("sql-failing"))
    scene.start()
    wait_for("the refusal", lambda: len(scene.told("sql-failing")) > told)
    scene.checks.that("a sequence as cursor is refused with the reason",
                      "is given out before its row is visible" in scene.told("sql-failing")[-1],
                      scene.told("sql-failing")[-1])
    scene.adapter.stop()
    write(scene.config, good)
    scene.postgres.sql("ALTER TABLE ifo.anmalan ALTER andrad DROP NOT NULL;" + scene.report() +
                       f"UPDATE ifo.anmalan SET andrad = NULL WHERE id = {scene.number};")
    scene.start()
    wait_for("the refusal", lambda: scene.told("sql-failing", "what=no-key"))
    before = scene.count(REPORT)
    scene.postgres.sql("UPDATE ifo.anmalan SET andrad = now() AT TIME ZONE 'UTC' WHERE andrad IS NULL")
    scene.read_on()
    scene.checks.that("a row without a value in the cursor column is an alarm, not a loss",
                      scene.count(REPORT) == before + 1)


def body(lab, checks, arguments):
    secrets = tempfile.mkdtemp(prefix="samsignal-flow-keys-")
    scene, server = None, None
    try:
        server = Postgres()
        server.start()
        server.sql(ODBC_SCHEMA)
        scene = OdbcScene(lab, checks, secrets, server)
        lab.start_hub()
        rows_become_events_once(scene)
        texts_come_whole(scene)
        one_odd_row_stops_nobody(scene)
        a_transaction_that_ends_late_is_seen(scene)
        killed_at_any_moment(scene, random.Random(arguments.seed), arguments.kills)
        troubles_are_told_and_end(scene)
        unsafe_cursors_are_refused(scene)
        scene.nothing_personal_anywhere(["PWD=", "PWD =", HARD, "psqlodbcw"])
        code, _ = scene.adapter.stop()
        checks.that("the adapter stops cleanly", code == 0, str(code))
    finally:
        if scene is not None:
            scene.adapter.kill()
        if server is not None:
            server.close()
        shutil.rmtree(secrets, ignore_errors=True)


main(body, kills=5)
