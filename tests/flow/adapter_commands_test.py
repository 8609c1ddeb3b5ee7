"""Commands at an adapter: an erasure that had to leave something says so, and one that looks into the store while its
adapter starts does not end it."""
import fcntl
import time

from harness import Child, Client, Messages, impossible_number, main, wait_for
from lab import run

AT = "20260302101500+0100"


def erase(lab, child, *more):
    return run([lab.bin("samsignal-adapter"), "erase", lab.path("adapter.toml"), "--reason", "beslut 7", *more],
               check=False, input=child.number + "\n")


def erasing(lab, checks, child):
    lab.hub.stop()
    client = Client(lab.ports["mllp"])
    assert client.send(Messages("E").registered(child, AT).encode()) == "AA"
    client.close()
    counted = erase(lab, child, "--dry-run")
    checks.that("what is only counted is exit 0", counted.returncode == 0 and "would erase" in counted.stdout, counted.stdout)
    left = erase(lab, child)
    checks.that("while an event waits for the hub an erasure is exit 8 and says why",
                left.returncode == 8 and "not at the hub yet" in left.stdout, f"{left.returncode} {left.stdout}{left.stderr}")
    lab.start_hub()
    wait_for("the outbox to drain", lab.shipped, 60)
    done = erase(lab, child)
    checks.that("then it is exit 0", done.returncode == 0, f"{done.returncode} {done.stdout}{done.stderr}")


def starting(lab, checks):
    lab.adapter.stop()
    with open(lab.path("adapter/store/db/LOCK"), "r+b") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # as a command that has the store open
        lab.adapter.start()
        time.sleep(2)
        checks.that("an adapter whose store is held waits", lab.adapter.running, lab.adapter.tail())
    wait_for("the adapter", lab.adapter_listens, 30)
    checks.that("and goes on when it is free", lab.adapter.running)


def body(lab, checks, _arguments):
    lab.start_all()
    erasing(lab, checks, Child("Test^Radera", impossible_number("20240301", 72), "20240301"))
    starting(lab, checks)


if __name__ == "__main__":
    main(body)
