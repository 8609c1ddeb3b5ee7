"""Looks for marks in all that programs left in a folder: bytes of files, names of files and folders, and the rows of stores,
which RocksDB packs so that a word in the clear is not among its files' bytes."""
import os
import subprocess

from marks import marked


def rows_of(build, store):
    """Every key and value of a closed store, in all the versions that its files hold."""
    done = subprocess.run([os.path.join(build, "tests/support/sam_store_rows"), store], capture_output=True, timeout=60,
                          check=False)
    if done.returncode != 0:
        raise OSError(done.stderr.decode(errors="replace"))
    return done.stdout


class Search:
    """`skip(path inside)` leaves a file out, `theirs(path inside)` only its name: whoever sent it gave it that."""

    def __init__(self, folder, build, skip=lambda inside: False, theirs=lambda inside: False):
        self.found, self.files, self.stores, self.rows, self.bytes = [], 0, 0, 0, 0
        for root, folders, names in os.walk(folder):
            for name in folders + names:
                inside = os.path.relpath(os.path.join(root, name), folder)
                if not theirs(inside) and marked(inside):
                    self.found.append(("name of " + inside, marked(inside)))
            for name in names:
                path = os.path.join(root, name)
                inside = os.path.relpath(path, folder)
                if os.path.isfile(path) and not os.path.islink(path) and not skip(inside):
                    self._file(path, inside)
            if "CURRENT" in names:
                self._store(build, root, os.path.relpath(root, folder))

    def _file(self, path, inside):
        with open(path, "rb") as f:
            self._look(inside, f.read())
        self.files += 1

    def _store(self, build, store, inside):
        rows = rows_of(build, store)
        self._look("rows of " + inside, rows)
        self.stores += 1
        self.rows += rows.count(b"\n") // 2

    def _look(self, where, data):
        self.bytes += len(data)
        found = marked(data)
        if found:
            at = data.index(found)
            self.found.append((where, data[max(0, at - 80):at + len(found) + 40]))

    def told(self):
        return f"{self.files} files, {self.stores} stores with {self.rows} rows, {self.bytes >> 10} KiB; {self.found[:10]}"
