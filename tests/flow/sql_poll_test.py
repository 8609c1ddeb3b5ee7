"""Views of a real PostgreSQL as a source: the real adapter, the real hub, and transactions that end late.

Rows become events once, whichever of the two cursors finds them; a row whose transaction took its number and its
time before another one, and ends after that one was told, is told too; SIGKILL between question and commit, a server
that restarts, locks and wrong logins lose nothing and double nothing; an unsafe cursor is refused with its reason;
neither the connection's settings nor a person stand in any file, line or metric.
"""
import os
import random
import shutil
import tempfile
import time

from harness import main, wait_for
from lab import REPO, Process, run, write
from sql_scene import INQUIRY, PERSONS, PLACEMENT, REPORT, SCHEMA, SECRET, Scene
from postgres import Postgres

LARGE = 40_000_000


def rows_become_events_once(scene):
    number = int(scene.postgres.sql("SELECT pg_current_xact_id()"))
    scene.checks.that("the transaction numbers of this server have begun again once", number > 2 ** 32, str(number))
    # One transaction, eight pages: its rows are told apart by their numbers, in which 9 stands before 10.
    scene.postgres.sql("BEGIN;" + "".join(scene.report() for _ in range(80)) + "COMMIT;")
    for _ in range(25):  # three pages
        scene.postgres.sql(scene.report())
    scene.postgres.sql(scene.report(typ="'Ansökan'") + scene.report(skyddsbedomd="'2026-03-02 10:00+01'"))
    scene.postgres.sql(scene.inquiry(1) + f"""
INSERT INTO ifo.placering VALUES (1, '{PERSONS[1]}', 'Familjehem LVU', '2026-03-04', NULL),
  (2, '{PERSONS[1]}', 'HVB SoL', '2026-01-04', '2026-03-01'), (3, '{PERSONS[1]}', 'Kontaktfamilj', '2026-03-04', NULL);
""")
    scene.start()
    scene.read_on()
    expected = {REPORT: 106, "social.protection.assessed": 1, INQUIRY: 1, PLACEMENT: 3}
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


def one_odd_row_stops_nobody(scene):
    """More rows without a usable time than a page holds, and a text of more than a million characters."""
    before = scene.events()
    scene.postgres.sql(scene.report(typ="repeat('å', 1048577)") + scene.report() +
                       "".join(scene.inquiry(40 + i) for i in range(16)) +
                       "UPDATE ifo.utredning SET andrad = 'infinity' WHERE id >= '00000000-0000-4000-8000-000000000041'"
                       "; UPDATE ifo.utredning SET andrad = '12026-03-02 08:00:00.5+00' "
                       "WHERE id = '00000000-0000-4000-8000-000000000042';")
    scene.read_on()
    found, aside = scene.events(), scene.aside()
    scene.checks.that("they wait for a person, each once, and the rows beside them are told",
                      len(aside) == 16 and found[REPORT] == before[REPORT] + 1 and
                      found[INQUIRY] == before[INQUIRY] + 1, f"{dict(found)} {aside}")
    scene.read_on()
    scene.checks.that("read again they are known", len(scene.aside()) == 16 and scene.events() == found)
    scene.postgres.sql("UPDATE ifo.utredning SET andrad = now() WHERE andrad > now()")
    scene.read_on()
    scene.checks.that("given a time they are told", scene.count(INQUIRY) == found[INQUIRY] + 15)
    scene.checks.that("none of it was an alarm", not scene.told("sql-failing"))


def a_page_of_large_rows_is_read_in_parts(scene):
    """100 rows of 2 MB where a page may have 500: what the adapter holds of them is bounded by their size."""
    before, aside = scene.count(REPORT), len(scene.aside())
    scene.adapter.stop()
    with open(scene.config, encoding="utf-8") as f:
        small = f.read()
    write(scene.config, small.replace("page = 10\n", "page = 500\n").replace("statement_ms = 1500", "statement_ms = 9000"))
    scene.postgres.sql("BEGIN;" + "".join(scene.report() for _ in range(100)) +
                       f"UPDATE ifo.anmalan SET fritext = repeat('å', 1048576) WHERE id > {scene.number - 100}; COMMIT;")
    scene.start()
    wait_for("the rows", lambda: scene.count(REPORT) >= before + 100, 120)
    with open(f"/proc/{scene.adapter.child.pid}/status", encoding="utf-8") as f:
        peak = next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmHWM"))
    scene.checks.that("rows with large values are all told", scene.count(REPORT) == before + 100 and
                      len(scene.aside()) == aside, str(scene.aside()[aside:][:3]))
    scene.checks.that("and the adapter never holds all of them", peak < 200, f"{peak} MB")
    scene.adapter.stop()
    scene.postgres.sql(f"DELETE FROM ifo.anmalan WHERE id > {scene.number - 100}")
    write(scene.config, small)
    scene.start()


def a_reports_files_lie_beside_it(scene, chance):
    """One file is there, 40 MB; the other is not, and its report waits until it is."""
    folder = scene.lab.path("ifo-files")
    os.makedirs(folder)
    lies(folder, "oro1.pdf", chance.randbytes(LARGE))
    before, aside = scene.events(), len(scene.aside())
    for number, name in enumerate(["oro1.pdf", "oro2.pdf"], 1):
        scene.postgres.sql(f"""INSERT INTO ifo.oro VALUES ({number}, '{PERSONS[0]}', false, 'Canaryord',
          '[{{"Relation": "Mor", "Name": "Vuxen Testsson", "PersonId": "{PERSONS[3]}", "Informed": "Ja"}}]',
          '[{{"File": "{name}", "Title": "Utdrag", "ContentType": "PDF"}}]');""")
    scene.read_on(120)
    found, parts = scene.events(), -(-LARGE // (120 * 1024))
    scene.checks.that("a signed report takes the file along that its row names",
                      found["report.signed"] == before["report.signed"] + 1 and
                      found["report.attachment"] == before["report.attachment"] + parts, str(dict(found)))
    listed = scene.aside()[aside:]
    scene.checks.that("one whose file is not there waits", len(listed) == 1 and "attachment-missing" in listed[0] and
                      "oro2" not in listed[0], str(listed))
    lies(folder, "oro2.pdf", b"%PDF-1.4 kort")
    run([scene.lab.bin("samsignal-adapter"), "quarantine", "resend", scene.config, listed[0].split()[0], "--reason", "filen kom"])
    wait_for("the other report", lambda: scene.count("report.attachment") == found["report.attachment"] + 1)


def lies(folder, name, content):
    """A file that has lain there for a minute."""
    path = os.path.join(folder, name)
    with open(path, "wb") as f:
        f.write(content)
    os.utime(path, (time.time() - 60,) * 2)


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
        one_odd_row_stops_nobody(scene)
        a_page_of_large_rows_is_read_in_parts(scene)
        a_reports_files_lie_beside_it(scene, random.Random(arguments.seed))
        a_transaction_that_ends_late_is_seen(scene)
        killed_at_any_moment(scene, random.Random(arguments.seed), arguments.kills)
        the_server_restarts_and_locks(scene)
        a_wrong_password(scene)
        unsafe_cursors_are_refused(scene)
        a_restored_database(scene, servers[1])
        scene.nothing_personal_anywhere()
        code, _ = scene.adapter.stop()
        checks.that("the adapter stops cleanly", code == 0, str(code))
    finally:
        if scene is not None:
            scene.adapter.kill()
        for server in servers:
            server.close()
        shutil.rmtree(secrets, ignore_errors=True)


main(body, kills=8)
