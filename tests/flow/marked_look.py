"""What the tests of marked people share: operators' commands that show no mark unless it is asked for with a reason, the end of
a day in a lab, and the search of all that is left."""
import os

from harness import wait_for
from lab import http_get, run, write
from marked_search import Search
from marks import NUMBER, around, marked

MOST = 3  # entries of a quarantine that are looked at one by one


class Tools:
    """Runs commands, keeps what they said and which they were."""

    def __init__(self, lab):
        self.lab, self.ran, self.said = lab, set(), []

    def run(self, program, words, *more, text=None, shows=False):
        """`words` of the command, and what follows. `shows`: it is there to show content, so that only standard error is kept."""
        done = run([self.lab.bin(program), *words.split(), *map(str, more)], check=False, input=text)
        self.ran.add((program, words))
        said = done.stderr + ("" if shows else done.stdout)
        for word in more:  # what was typed may be said again
            said = said.replace(str(word), "").replace(str(word).lower(), "")
        self.said.append((f"{program} {words}", said))
        return done

    def adapter(self, words, source, *more, **how):
        return self.run("samsignal-adapter", words, self.lab.path(f"{source}.toml"), *more, **how)

    def inbox(self, words, name, *more, **how):
        return self.run("samsignal-inbox", words, *more, "--config", self.lab.path(f"inbox-{name}.toml"), **how)

    def marks(self):
        return [(words, around(text)) for words, text in self.said if marked(text)]


def operators_look(lab, checks, source, tools=None):
    """What the tools show without a reason is masked; resending and fixing go through the same code. Returns how many
    messages had been put aside."""
    tools = Tools(lab) if tools is None else tools
    begun = len(tools.said)
    for more in [[], ["--json"]]:
        tools.adapter("status", source, *more)
        tools.adapter("quarantine list", source, *more)
    listed = tools.said[begun + 1][1].splitlines()
    numbers = [line.split()[0] for line in listed if line[:1].isdigit()]
    some = numbers[::max(1, len(numbers) // MOST)]
    for number in some:
        tools.adapter("quarantine show", source, number)
        tools.adapter("quarantine show", source, number, "--json")
        tools.adapter("quarantine resend", source, number, "--reason", "prov")
    fixed = lab.path(f"fixed-{source}")
    write(fixed, f"Kanariefras {NUMBER}")
    if numbers:
        tools.adapter("quarantine resend", source, numbers[0], "--file", fixed, "--reason", "prov")
        tools.adapter("quarantine discard", source, numbers[-1], "--reason", "prov")
        many(tools, source)
    os.remove(fixed)
    tools.adapter("file list", source)
    tools.adapter("file list", source, "--json")
    tools.adapter("audit", source)
    tools.adapter("audit", source, "--json")
    found = [(words, around(text)) for words, text in tools.said[begun:] if marked(text)]
    checks.that(f"{source}: what an operator sees without revealing is masked", not found,
                f"{len(numbers)} entries, {len(tools.said) - begun} commands; {found[:5]}")
    return len(numbers)


def many(tools, source):
    """In bulk: counted first, by each filter, also by one that is a mark; then done."""
    for flt in [["--why", "bad-value"], ["--why", NUMBER], ["--trigger", "Kanariesson"], ["--since", "2026-01-01"],
                ["--until", "2036-01-01"], ["--peer", f"{NUMBER}:1"]]:
        tools.adapter("quarantine list", source, *flt)
    for action in ["resend", "discard"]:
        tools.adapter(f"quarantine {action}", source, "--all")
        tools.adapter(f"quarantine {action}", source, "--why", "bad-value", "--json")
        tools.adapter(f"quarantine {action}", source, "--why", "bad-value", "--yes", "--reason", "prov", "--stop-after", "3")
    tools.adapter("quarantine resend", source, "--all", "--yes", "--json", "--reason", "prov", "--stop-after", "0")


def no_metric(lab, checks, more=()):
    ports = [lab.ports["http"], *(lab.ports[source] for source in lab.sources), *more]
    metrics = "".join(http_get(port, "/metrics") for port in ports)
    checks.that("no metric holds a mark", marked(metrics) is None and len(metrics) > 10_000, str(around(metrics)))


def all_ships(lab, sources, seconds=60):
    for source in sources:
        wait_for(f"the outbox of {source}", lambda one=source: lab.shipped(one), seconds)
    lab.settle(seconds)


def taken(inside):
    """Of a watched folder (NAME-in): the names beside each other there are the sender's, what lies below is the adapter's."""
    parts = inside.split("/")
    return parts[0].endswith("-in") and len(parts) > 2 and parts[1] in ("done", "failed")


def stop_and_search(lab, checks, senders, more=lambda inside: False):
    """Left out: what the senders wrote and nobody has taken yet (`senders`: their own folders and servers; the files with a
    login), the inboxes' screens, which are for the eyes of those who receive, and `more`. What was taken lies in done/ and
    failed/ of a watched folder and is looked at."""
    codes = lab.stop_all()
    checks.that("all stop cleanly", all(code == 0 for code in codes.values()), str(codes))

    def skip(inside):
        return (inside.startswith(senders) and not inside.endswith((".ok", ".err")) and not taken(inside)) or \
            inside.endswith((".ndjson", ".keys", ".connection")) or more(inside)
    look = Search(lab.folder, lab.build, skip, lambda inside: inside.startswith(senders))
    checks.that("no file, no name and no row of a store holds a mark", not look.found, look.told())
    checks.that("the stores were looked into", look.stores >= len(codes) and look.rows > 500, look.told())
