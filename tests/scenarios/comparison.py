"""What a story says of its signals, held against what came of them. A difference is told in words; where a story
leaves out what it has to say, the line that it lacks is told."""
import collections
import datetime
import zoneinfo

SWEDEN = zoneinfo.ZoneInfo("Europe/Stockholm")
# Notices that time passes: a story counts them in its tables of these names, none of them when it has no table.
NOTICES = {"REMINDER": "reminders", "SIG-E3": "deadlines"}
# Receipts go to the sender's system at each step of the ladder, which the story states; files go with their report.
UNLISTED = {"RECEIPT", "ATTACHMENT"}

# The most that a receiver may be shown, by the law's table of signals: beside what every signal has, whom it is about (by
# these fields) and of its body. A report goes whole; the story says what is in it.
ALL = {"code", "controller", "decidedAt", "ground", "legalClass", "occurredAt", "receiverFunction", "rule", "signalId", "test",
       "acute", "awaitsAnswer", "clocks", "evidence", "maskedFields", "senderFunction"}
CHILD = {"subject.birthDate", "subject.homeMunicipality", "subject.ids", "subject.protection"}
SHOWN = {
    "SIG-A1": {"subject", "body.report"},
    "SIG-A3": {"body.feedback"},
    "SIG-B1": CHILD | {f"body.supportRequest.{f}" for f in ("consentRef", "contactWay", "language", "wanted")},
    "SIG-B2": CHILD | {f"body.jointVisit.{f}" for f in ("consentRef", "level", "start", "visitCode")},
    "SIG-B3": CHILD | {"body.dentalAccess.consentRef", "body.dentalAccess.contactWay"},
    "SIG-B3-COST": CHILD | {"body.dentalCost.consentRef", "body.dentalCost.wanted"},
    "SIG-B4": CHILD | {f"body.coordination.{f}" for f in ("consentRef", "kind", "level", "meetingDate", "parties", "planId")},
    "SIG-C1": CHILD | {"body.attendance.attempts", "body.attendance.notReachedSince"},
    "SIG-D1": CHILD | {f"body.examOrder.{f}" for f in ("contactFunction", "dueDate", "examKind", "orderId")},
    "SIG-D2": CHILD | {f"body.examAnswer.{f}" for f in ("date", "needsCare", "orderId", "reportRef", "result")},
    "SIG-E1": CHILD | {"body.overdue"},
    "SIG-E2": CHILD | {"body.pattern"},
    "SIG-E3": {"body.deadline"},
    "SIG-E4": CHILD | {"body.protectionUpdate"},
    "REMINDER": {"body.reminder"},
    "HOLD": CHILD | {"body.hold"},
    "WITHDRAWN": CHILD | {"body.withdrawn"},
    "RECEIPT": CHILD | {"body.receipt"},
    "ATTACHMENT": CHILD | {"body.attachment"},
}


def leaves(value, prefix=""):
    """Path to value; what a list repeats is a list."""
    out = {}
    if isinstance(value, dict):
        for key, inner in value.items():
            out |= leaves(inner, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for inner in value:
            for path, one in leaves(inner, prefix).items():
                out[path] = one if path not in out else [*(out[path] if isinstance(out[path], list) else [out[path]]), one]
    else:
        out[prefix] = value
    return out


def paths(value, prefix=""):
    """The paths of all leaves of a JSON value, lists taken as one: report.guardians.name."""
    if isinstance(value, dict):
        out = set()
        for key, inner in value.items():
            out |= paths(inner, f"{prefix}.{key}" if prefix else key)
        return out
    if isinstance(value, list):
        return set().union(*[paths(inner, prefix) for inner in value]) if value else set()
    return {prefix}


def clocks(received):
    """{kind: until when}, as its receiver is shown it: Swedish time, to the minute."""
    out = {}
    for clock in received.get("clocks", []):
        due = datetime.datetime.fromisoformat(clock["dueAt"].replace("Z", "+00:00")).astimezone(SWEDEN)
        out.setdefault(clock["kind"], []).append(f"{due:%Y-%m-%dT%H:%M}")
    return {kind: dues[0] if len(dues) == 1 else dues for kind, dues in out.items()}


def ladder(signal):
    return [step["answer"] or step["state"] for step in signal.get("ladder", [])]


def notice(signal):
    """Of which time limit, and how much of it is gone: "clock.receipt 50"; "answered": it is met after all. Of what is
    told to those in charge only the limit, "acute" when its own time had not run out."""
    words = signal["rule"].split(" ")[0].split(".")
    clock, more = ".".join(words[1:3]), words[3:]
    if signal["code"] == "REMINDER":
        return f"{clock} {'answered' if more[0] == '0' else more[0]}"
    return f"{clock} acute" if more == ["acute"] else clock


def ground(signal):
    """On which it was handed over: as its receiver has it, or as the hub decided when nobody can look there."""
    decided = (d["ground"] for d in reversed(signal["decisions"]) if d["ground"])
    return signal["received"].get("ground") or next(decided, "")


def beyond(signal):
    """What is shown beside what the code of this signal may ever show."""
    may = ALL | SHOWN.get(signal["code"], set())
    return [p for p in signal["shown"] if not any(p == one or p.startswith(one + ".") for one in may)]


def differences(expected, signal):
    """What is not as expected, in words."""
    out = []
    have = {"code": signal["code"], "receiver": signal["receiver"], "outcome": signal["outcome"],
            "ground": ground(signal), "reasons": signal["reasons"], "withdrawn": signal["withdrawn"],
            "ladder": ladder(signal), "clocks": signal["clocks"]}
    expected = {"withdrawn": False, "outcome": "deliver", **expected}
    for key, value in have.items():
        if key in expected and expected[key] != value:
            out.append(f"{key} is {value!r}, expected {expected[key]!r}")
    for path in expected.get("sees", []):
        if not any(p == path or p.startswith(path + ".") for p in signal["shown"]):
            out.append(f"{path} is not shown")
    out += [f"{path} is shown, and nothing says that it may be (comparison.py, SHOWN)" for path in beyond(signal)]
    for path in expected.get("never", []):
        if any(p == path or p.startswith(path + ".") for p in signal["shown"]):
            out.append(f"{path} is shown")
    return out


def unsaid(expected, signal):
    """The lines that the story lacks of a signal that was delivered: its ground, its time limits, and the ladder
    when somebody climbed it."""
    lines = []
    handed = signal["outcome"] == "deliver"
    # Notices about a signal have theirs too, but no story is about that.
    if handed and (signal["class"] in "ABCD" or signal["code"].startswith("SIG-E")) and "ground" not in expected:
        lines.append(f'ground = "{ground(signal)}"')
    if handed and signal["class"] in "ABCD":
        if not signal["inbox"]:
            lines.append(f'"{signal["receiver"]}" among its receivers: what it is shown cannot be looked at')
        if "ladder" not in expected and ladder(signal)[2:]:
            lines.append("ladder = [" + ", ".join(f'"{step}"' for step in ladder(signal)) + "]")
    if "clocks" not in expected and signal["clocks"]:
        lines.append("clocks = { " + ", ".join(f'"{kind}" = "{due}"' for kind, due in signal["clocks"].items()) + " }")
    return lines


def notices(scenario, signals):
    """The tables of notices: all of them and no others, by receiver."""
    out = []
    for code, table in NOTICES.items():
        told = {}
        for signal in signals:
            if signal["code"] == code:
                told.setdefault(signal["receiver"], []).append(notice(signal))
        said = scenario.get(table, {})
        for receiver in sorted(told.keys() | said.keys()):
            have, want = collections.Counter(told.get(receiver, [])), collections.Counter(said.get(receiver, []))
            if have != want:
                words = ", ".join(f'"{one}"' for one in told.get(receiver, []))
                out.append(f'[{table}] of {receiver}: too many {sorted((have - want).elements())}, missing '
                           f'{sorted((want - have).elements())}; as it came: "{receiver}" = [{words}]')
    return out


def compare(scenario, signals, unlike):
    """Findings: each signal of the story is there and none besides. `unlike(expected, signal)`: what is other at its
    receiver than these lines say."""
    out = notices(scenario, signals)
    left = collections.deque(s for s in signals if s["code"] not in UNLISTED)
    for expected in scenario.get("signal", []):
        name = f"{expected['code']} to {expected.get('receiver') or 'nobody'}"
        found = next((s for s in left if not differences(expected, s)), None)
        if found is not None:
            left.remove(found)
            out += [f"{name}: {what}" for what in unlike(expected, found)]
            out += [f"{name}: the story does not say this of it: {line}" for line in unsaid(expected, found)]
            continue
        near = [s for s in left if s["code"] == expected["code"]] or list(left)
        out.append(f"expected {name}; " + (
            "; ".join(f"{s['code']} to {s['receiver'] or 'nobody'}: " + ", ".join(differences(expected, s))
                      for s in near) or "there is no signal"))
    return out + [f"unexpected {s['code']} to {s['receiver'] or 'nobody'}: {s['outcome']} {s['reasons']}"
                  for s in left if s["code"] not in NOTICES]
