"""The inbox of the lab's social services, with [intake] to the stand-in of lifecare_intake.py."""
import os
import shutil

from lab import REPO, write

NAME = "mottagning"

INTAKE = """http_endpoint = "127.0.0.1:{http}"
{text}
[intake]
base_url = "http://127.0.0.1:{port}/apifc/v1"
allow_plain_loopback = true
keys_file = "{keys_file}"
kinds_file = "{folder}/kinds.csv"
senders_file = "{folder}/senders.csv"
units_file = "{folder}/units.csv"
test_signals = true
timeout_ms = 20000
settle_s = 1
attempts = 3
backoff_min_ms = 100
backoff_max_s = 1
"""


def configure_intake(lab, port, keys_file, name=NAME, folder="intake"):
    """The inbox `name` writes to the stand-in at `port`, by the shipped code lists in `folder` of the lab. Returns the
    path of its configuration; lab.ports[folder] has its metrics."""
    shutil.copytree(os.path.join(REPO, "deploy/config/intake"), lab.path(folder))
    config = lab.path(f"inbox-{name}.toml")
    with open(config, encoding="utf-8") as f:
        text = f.read()
    lab.ports[folder] = lab.free_port()
    write(config, INTAKE.format(http=lab.ports[folder], text=text, port=port, keys_file=keys_file, folder=folder))
    return config
