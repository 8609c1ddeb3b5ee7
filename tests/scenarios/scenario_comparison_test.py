"""What a story may not leave out, and what the comparison sees: signals made by hand, no programs. Each case is a
story that says all, and what is found when one thing in it is other."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import comparison  # noqa: E402

RECEIVED = {"ground": "ground.report", "body": {"report": {"concern": "x"}},
            "clocks": [{"kind": "clock.receipt", "dueAt": "2026-03-02T22:59:59.999Z"},
                       {"kind": "clock.decide", "dueAt": "2026-07-06T21:59:59.999Z"}]}
SAID = {"code": "SIG-A1", "receiver": "bollnas.mottagning", "ground": "ground.report",
        "clocks": {"clock.receipt": "2026-03-02T23:59", "clock.decide": "2026-07-06T23:59"},
        "ladder": ["stored", "delivered", "opened", "registered"]}
RULE = "0123456789abcdef"


def report(**other):
    steps = [{"state": s, "answer": ""} for s in SAID["ladder"]]
    made = {"code": "SIG-A1", "class": "A", "receiver": "bollnas.mottagning", "outcome": "deliver", "reasons": [],
            "withdrawn": False, "ladder": steps, "decisions": [{"ground": "ground.report"}], "received": RECEIVED,
            "shown": sorted(comparison.paths(RECEIVED)), "clocks": comparison.clocks(RECEIVED), "inbox": True,
            "rule": f"TRANSPORT-A1 {RULE}"}
    return {**made, **other}


def notice(code, receiver, rule):
    return report(code=code, receiver=receiver, **{"class": "E"}, rule=f"{rule} {RULE}", ladder=[], received={}, shown=[],
                  clocks={})


REMINDED = notice("REMINDER", "bollnas.mottagning", "remind.clock.receipt.50")
OVER = notice("REMINDER", "bollnas.mottagning", "remind.clock.inquiry.0.abcd")
TOLD = notice("SIG-E3", "bollnas.ledning", "deadline.clock.receipt.acute")
AGAIN = notice("SIG-E3", "bollnas.ledning", "deadline.clock.inquiry.20640")


def without(key):
    return {k: v for k, v in SAID.items() if k != key}


# What it is, the story, what came of it, words of what is found ("": nothing).
CASES = [
    ("a story that says all", {"signal": [SAID]}, [report()], ""),
    ("no ground", {"signal": [without("ground")]}, [report()], 'ground = "ground.report"'),
    ("another ground", {"signal": [{**SAID, "ground": "ground.consent"}]}, [report()], "expected 'ground.consent'"),
    ("no time limits", {"signal": [without("clocks")]}, [report()],
     'clocks = { "clock.receipt" = "2026-03-02T23:59", "clock.decide" = "2026-07-06T23:59" }'),
    ("a time limit too few", {"signal": [{**SAID, "clocks": {"clock.receipt": "2026-03-02T23:59"}}]}, [report()], "clocks is"),
    ("another day", {"signal": [{**SAID, "clocks": {**SAID["clocks"], "clock.decide": "2026-07-05T23:59"}}]}, [report()],
     "clocks is"),
    ("no ladder", {"signal": [without("ladder")]}, [report()], 'ladder = ["stored", "delivered", "opened", "registered"]'),
    ("no ladder, and nobody opened it", {"signal": [without("ladder")]}, [report(ladder=report()["ladder"][:2])], ""),
    ("a prompt without its ground", {"signal": [{**without("ground"), "code": "SIG-E2"}]},
     [report(code="SIG-E2", shown=[], **{"class": "E"})], 'does not say this of it: ground = "ground.report"'),
    ("a prompt without its limits", {"signal": [{"code": "SIG-E2", "receiver": "bollnas.mottagning", "ground": "ground.report"}]},
     [report(code="SIG-E2", shown=[], **{"class": "E"})], "does not say this of it: clocks"),
    ("a notice about a hold, of which no ground is told", {"signal": [{"code": "HOLD", "receiver": "bollnas.mottagning"}]},
     [report(code="HOLD", shown=[], clocks={}, ladder=[], **{"class": "E"})], ""),
    ("a field that its code never shows", {"signal": [SAID]}, [report(shown=["body.report.concern", "body.overdue.dueAt"])],
     "body.overdue.dueAt is shown"),
    ("a field that stands beside those of its kind", {"signal": [{**without("ladder"), "code": "SIG-C1"}]},
     [report(code="SIG-C1", shown=["subject.ids.value", "body.attendance.attempts", "body.attendance.reason"], ladder=[])],
     "body.attendance.reason is shown"),
    ("a receiver without an inbox", {"signal": [without("clocks")]}, [report(inbox=False, received={}, shown=[], clocks={})],
     "among its receivers"),
    ("a signal too many", {"signal": [SAID]}, [report(), report()], "unexpected SIG-A1"),
    ("a reminder too many", {"signal": [SAID]}, [report(), REMINDED], "too many ['clock.receipt 50']"),
    ("a reminder that did not come", {"signal": [SAID], "reminders": {"bollnas.mottagning": ["clock.receipt 80"]}},
     [report(), REMINDED], "missing ['clock.receipt 80']"),
    ("all notices", {"signal": [SAID], "reminders": {"bollnas.mottagning": ["clock.receipt 50", "clock.inquiry answered"]},
                     "deadlines": {"bollnas.ledning": ["clock.receipt acute", "clock.inquiry"]}},
     [report(), REMINDED, OVER, TOLD, AGAIN], ""),
    ("a notice to those in charge too many", {"signal": [SAID], "deadlines": {"bollnas.ledning": ["clock.receipt acute"]}},
     [report(), TOLD, TOLD], "[deadlines] of bollnas.ledning: too many"),
]


def main():
    failed = 0
    for what, scenario, signals, words in CASES:
        findings = comparison.compare(scenario, signals, lambda expected, signal: [])
        good = any(words in finding for finding in findings) if words else not findings
        print(f"  {'ok  ' if good else 'FAIL'}  {what}" + ("" if good else f": {findings}"))
        failed += not good
    print(f"{len(CASES) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
