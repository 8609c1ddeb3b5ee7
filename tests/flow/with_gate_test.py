"""Whoever writes a mapping asks a hub what its gate would do: `samsignal-adapter test --with-gate`, over the source's
own key, while its feed runs. Nothing is kept or sent."""
import json

from harness import Child, Messages, impossible_number, main
from lab import run, write

AT = "20260302101500+0100"


def test(lab, config, *files, lang="en"):
    return run([lab.bin("samsignal-adapter"), "test", lab.path(config), *files, "--with-gate", "--lang", lang], check=False)


def sample(lab, name, text):
    write(lab.path(name), text)
    return lab.path(name)


def told(lab):
    """Events and decisions; that an inbox is connected is a record as well."""
    rows = [row for kind in ["event", "decision"]
            for row in lab.tool_json("log", "find", "--kind", kind, "--limit", "1000", check=False)]
    return len([row for row in rows if row["type"] != "error"])


def asking(lab, checks, messages):
    child = Child("Test^Prov", impossible_number("20240301", 71), "20240301")
    agreed = [("BSQ", "BESV"), ("BESOK", "M18"), ("BSU", "SAMTSOC"), ("SAMTREF", "S-1")]
    yes = sample(lab, "yes.hl7", messages.form(child, AT, agreed + [("BSS", "J")]))
    no = sample(lab, "no.hl7", messages.form(child, AT, agreed + [("BSS", "N")]))
    report = sample(lab, "report.hl7", messages.report(child, AT, False, "oro"))
    before = told(lab)
    answer = test(lab, "adapter.toml", yes)
    checks.that("an outcome with consent would go, with receiver, class, ground and masked fields", answer.returncode == 0 and all(
        text in answer.stdout for text in ["SIG-B1 Request for support (class B) would go to bollnas.forebyggande",
                                         "ground: Consent", "masked fields: ", "body.supportRequest.areas"]), answer.stdout + answer.stderr)
    checks.that("the answer says that it is about the event alone", "about the event alone" in answer.stdout)
    answer = run([lab.bin("samsignal-adapter"), "test", lab.path("adapter.toml"), yes, "--with-gate", "--json"], check=False)
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    signals = [signal for event in rows[0]["events"] for signal in event["gate"]["signals"]]
    checks.that("as JSON, in codes", answer.returncode == 0 and any(
        (one["signal"], one["outcome"], one["receiver"]) == ("SIG-B1", "deliver", "bollnas.forebyggande") and
        "body.supportRequest.areas" in one["masked"] for one in signals), answer.stdout + answer.stderr)
    answer = test(lab, "adapter.toml", no)
    checks.that("without consent it would be held, and it says why and who is asked", answer.returncode == 0 and all(
        text in answer.stdout for text in ["SIG-B1 Request for support (class B) would be held", "reason: Consent is missing.",
                                         "HOLD Signal is held (class E) would go to bvc.bollnas"]), answer.stdout + answer.stderr)
    answer = test(lab, "adapter.toml", report, lang="sv")
    checks.that("in Swedish too", "SIG-A1 Orosanmälan (klass A) skulle gå till bollnas.mottagning" in answer.stdout and
                "inga fält maskas" in answer.stdout, answer.stdout + answer.stderr)
    plain = run([lab.bin("samsignal-adapter"), "test", lab.path("adapter.toml"), yes], check=False)
    checks.that("without --with-gate no hub is asked", plain.returncode == 0 and "SIG-B1" not in plain.stdout)
    lab.settle(30)
    checks.that("the hub's log has not grown and nobody got anything", told(lab) == before and
                not any(lab.inbox_rows(name) for name in lab.inboxes), f"{before} -> {told(lab)}")
    checks.that("the feed that runs with the same key goes on", lab.adapter.running and lab.shipped())
    files = [sample(lab, f"many{i}.hl7", messages.form(child, AT, agreed + [("BSS", "J")])) for i in range(70)]
    many = test(lab, "adapter.toml", *files)  # two events each; 100 are answered at once
    checks.that("more than the hub's rate are waited out, not failed", many.returncode == 0 and
                many.stdout.count("would go to bollnas.forebyggande") == 70, many.stderr)
    return yes


def refusing(lab, checks, yes):
    with open(lab.path("adapter.toml"), encoding="utf-8") as file:
        text = file.read()
    write(lab.path("other.toml"), text.replace('system_id = "cosmic-bvc"', 'system_id = "somebody-else"'))
    answer = test(lab, "other.toml", yes)
    checks.that("an event that the hub would refuse is told so, and is exit 8", answer.returncode == 8 and
                "The hub would refuse the event: notAllowed header.source.systemId" in answer.stdout, answer.stdout + answer.stderr)
    write(lab.path("stranger.toml"), text.replace("cosmic-bvc.curve", "stranger.curve"))
    answer = test(lab, "stranger.toml", yes)
    checks.that("a key that the hub does not know is exit 6 and says where and why",
                answer.returncode == 6 and f'tcp://127.0.0.1:{lab.ports["ingress"]}' in answer.stderr, answer.stderr)


def without_a_hub(lab, checks, yes):
    lab.hub.stop()
    answer = test(lab, "adapter.toml", yes)
    checks.that("without a hub it is exit 6, with a clear text", answer.returncode == 6 and "no answer from the hub at tcp://" in answer.stderr and
                "without --with-gate" in answer.stderr, answer.stderr)
    both = run([lab.bin("samsignal-adapter"), "test", lab.path("adapter.toml"), yes, "--with-gate", "--against", yes], check=False)
    checks.that("--against and --with-gate together are exit 2", both.returncode == 2, both.stderr)


def body(lab, checks, _arguments):
    lab.start_all()
    lab.tick("2026-03-02T07:00:00Z")
    lab.settle(30)
    yes = asking(lab, checks, Messages("G"))
    refusing(lab, checks, yes)
    without_a_hub(lab, checks, yes)


if __name__ == "__main__":
    main(body)
