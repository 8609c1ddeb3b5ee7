"""The web inbox in Debian's chromium: axe finds nothing on any page in either language, at 320 px and without a style
sheet; the keyboard alone goes from signing in to a registered report; nothing needs JavaScript."""
import datetime
import os
import zoneinfo

import node_client
from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import REPO
from web_client import NAME, PASSWORD, WebInbox

AT = "20260302081500+0100"
PAGES = {"sign-in", "sign-in-refused", "list", "signal-report", "signal-acute", "signal-keyboard", "signal-open",
         "signal-answered", "answer-faults", "confirm", "print", "not-found", "sender-list", "sent", "hold", "name-faults",
         "name-confirm", "support", "support-confirm", "support-print"}
STORY = os.path.join(REPO, "tests/scenarios/report-without-municipality/1-report.hl7")
SUPPORT = os.path.join(REPO, "tests/scenarios/barnsakert-with-consent/1-form.hl7")


def reports(lab, person):
    """Four reports; their paths in the web inbox, newest first, the acute one on top."""
    client, messages = Client(lab.ports["mllp"]), Messages()
    for serial, acute in enumerate([False, False, False, True], 1):
        child = Child("Testsson^Frej", impossible_number("20240115", serial), "20240115")
        code = client.send(messages.report(child, AT, acute, "Barnet kommer ofta utan mat. Kanariefras.").encode())
        assert code in ("AA", "CA"), code
    return wait_for("the reports", lambda: len(paths := person.signals()) == 4 and paths)


def held(lab, person):
    """A report that cannot go yet; the path of the hold about it at the unit that sent it."""
    with open(STORY, encoding="utf-8") as f:
        Client(lab.ports["mllp"]).send(f.read().strip().replace("\n", "\r").encode())
    wait_for("the sender's web inbox", lambda: person.sign_in() == 200)
    return wait_for("the hold", lambda: next((p for p in person.signals() if person.get(p) == 200 and [
        f for f in person.page.forms if f["action"].endswith("/name")]), None))


def support(lab, person):
    """A request for support; its path at the preventive unit."""
    with open(SUPPORT, encoding="utf-8") as f:
        Client(lab.ports["mllp"]).send(f.read().strip().replace("\n", "\r").encode())
    wait_for("the preventive unit's web inbox", lambda: person.sign_in() == 200)
    return wait_for("the request", lambda: next(iter(person.signals()), None))


def body(lab, checks, _arguments):
    browser = node_client.Browser(lab)
    web = WebInbox(lab)
    sender = WebInbox(lab, name="bvc", keys=web.keys)
    unit = WebInbox(lab, name="forebyggande", keys=web.keys)
    made = web.account("add", "anna.registrator", "--role", "registrar", password=PASSWORD)
    checks.that("an account is made", made.returncode == 0, made.stderr)
    lab.start_all()
    person = web.person("anna.registrator")
    wait_for("the web inbox", lambda: person.sign_in() == 200)
    acute, report, keyboard, answered = reports(lab, person)
    lab.inbox_tool(NAME, "answer", answered.rsplit("/", 1)[1], "not-opened")
    hold = held(lab, sender.person("anna.registrator"))
    wanted = support(lab, unit.person("anna.registrator"))
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Stockholm"))
    config = {"port": web.port, "account": "anna.registrator", "password": PASSWORD,
              "signals": {"acute": acute, "report": report, "keyboard": keyboard, "answered": answered},
              "sender": {"port": sender.port, "hold": hold},
              "support": {"port": unit.port, "signal": wanted},
              "today": now.strftime("%Y-%m-%d"), "time": now.strftime("%H:%M")}
    rows = browser.look("pages", checks, config)
    pages = [r for r in rows if "page" in r]
    for row in pages:
        checks.that(f"axe finds nothing on {row['page']} in {row['lang']}", not row["violations"] and row["rules"] > 10,
                    f"{row['rules']} rules; {row['violations']}")
    for lang in ("sv", "en"):
        names = {r["page"] for r in pages if r["lang"] == lang}
        checks.that(f"every page was looked at in {lang}", PAGES <= names, str(PAGES - names))
        titles = [r["title"] for r in pages if r["lang"] == lang and r["page"] in PAGES - {"signal-open", "confirm", "name-confirm", "support-confirm"}]
        checks.that(f"each page has a title of its own in {lang}", len(set(titles)) >= 8, str(titles))
    narrow = [r for r in pages if r["page"].endswith("-narrow")]
    checks.that("no page is wider than 320 px", len(narrow) >= len(PAGES) and all(r["wide"] <= 0 for r in narrow),
                str([(r["page"], r["wide"]) for r in narrow if r["wide"] > 0]))
    checks.that("the first key leads past the navigation", {"skip": "#main"} in rows)
    checks.that("the focus is seen wherever it goes", not [r for r in rows if "unseen" in r],
                str([r for r in rows if "unseen" in r]))
    checks.that("no page makes the browser complain", not [r for r in rows if "console" in r],
                str([r for r in rows if "console" in r][:3]))
    checks.that("nothing needs JavaScript", any("Signaler" in r.get("scriptless", "") for r in rows))
    checks.that("the keyboard alone registers a report", any("registered" in r for r in rows))
    shown = lab.inbox_tool(NAME, "show", keyboard.rsplit("/", 1)[1]).stdout
    checks.that("and it is registered under its case", "A-2026-17" in shown, shown[:300])


if __name__ == "__main__":
    main(body)
