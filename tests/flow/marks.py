"""People whose every mark can be found again: their numbers and words, in each form in which bytes may hold them."""
import base64
import json
import re
import urllib.parse

from harness import impossible_number

NUMBER = impossible_number("20260117", 87)
SIBLING = impossible_number("20260117", 91)
ADULT = "195009072553"  # published for tests
WORDS = ["Kanariesson", "Märtagull", "Kanariegatan", "Kanarieby", "0701740633", "Kanariefras", "kanarienyckel"]


def base64_of(data):
    """What of a text's base64 is the same whatever stands around it: for each place in a group of three."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data)
        yield whole[-(-before * 8 // 6):(before + len(data)) * 8 // 6]


def forms_of(text):
    for one in {text, text.lower(), text.upper()}:
        for encoding in ["utf-8", "latin-1", "utf-16-le", "utf-16-be"]:
            yield one.encode(encoding)
        yield one.encode().hex().encode()
        yield urllib.parse.quote(one).encode()
        yield json.dumps(one)[1:-1].encode()
        if len(text) > 8:
            yield from base64_of(one.encode())


def forms():
    """Each mark in each way in which bytes may hold it."""
    texts = list(WORDS)
    for number in [NUMBER, SIBLING, ADULT]:
        texts += [number, number[:8] + "-" + number[8:], number[2:], number[2:8] + "-" + number[8:]]
    found = {form for text in texts for form in forms_of(text)}
    # What holds another form is found by that one.
    return sorted(form for form in found if not any(other in form for other in found if other != form))


FORMS = forms()


def marked(data):
    """The first form found in bytes or text; None when there is none."""
    data = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
    return next((form for form in FORMS if form in data), None)


def around(text, width=60):
    """For a check's detail: the marks of a text with what stands beside them."""
    text = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return [text[max(0, at.start() - width):at.end() + width]
            for at in re.finditer("|".join(re.escape(form.decode("latin-1")) for form in FORMS), text)][:5]


# Of an answer's header: who sent and receives, the trigger, and what a header says of itself.
ECHOED = {b"MSH": (2, 3, 4, 5, 8, 10, 11, 17), b"MSA": (2,)}


def own_words(answer):
    """An HL7 v2 answer without what it must repeat of what it answers: fields of the header, and the message's number."""
    out = []
    for segment in answer.lstrip(b"\x0b").split(b"\r"):
        fields = segment.split(b"|")
        echoed = ECHOED.get(fields[0], ())
        out.append(b"|".join(b"" if at in echoed else field for at, field in enumerate(fields)))
    return b"\r".join(out)
