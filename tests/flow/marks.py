"""People whose every mark can be found again: their numbers and words, in each form in which bytes may hold them."""
import base64
import re

from harness import impossible_number

NUMBER = impossible_number("20260117", 87)
ADULT = "195009072553"  # published for tests
WORDS = ["Kanariesson", "Märtagull", "Kanariegatan", "Kanarieby", "0701740633", "Kanariefras", "kanarienyckel"]


def forms():
    """Each mark in each way in which bytes may hold it."""
    texts = list(WORDS)
    for number in [NUMBER, ADULT]:
        texts += [number, number[:8] + "-" + number[8:], number[2:], number[2:8] + "-" + number[8:]]
    out = set()
    for text in texts:
        for one in {text, text.lower(), text.upper()}:
            for encoding in ["utf-8", "latin-1", "utf-16-le", "utf-16-be"]:
                out.add(one.encode(encoding))
            out.add(one.encode().hex().encode())
            if len(text) > 8:
                out.add(base64.b64encode(one.encode()).rstrip(b"=")[:-1])
    return re.compile(b"|".join(re.escape(form) for form in sorted(out)))


MARKS = forms()


def marked(data):
    found = MARKS.search(data if isinstance(data, bytes) else data.encode())
    return found.group(0) if found else None
