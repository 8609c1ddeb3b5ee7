"""Looks for what must be in no file, no file's name and no metric of the programs."""
import os


def search(folder, needles, metrics="", skip=lambda inside: False):
    """(where something was found, how many files were searched). Case does not count. `skip` is given paths inside."""
    low = [needle.lower() for needle in needles]
    found = [(needle, "/metrics") for needle in low if needle in metrics.lower()]
    searched = 0
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            inside = os.path.relpath(path, folder)
            if not os.path.isfile(path) or skip(inside):
                continue
            searched += 1
            with open(path, "rb") as f:
                data = f.read().lower()
            found += [(needle, inside) for needle in low if needle.encode() in data]
            found += [(needle, "a file's name") for needle in low if needle in name.lower()]
    return found, searched
