"""People who cannot exist, and the HL7 v2 messages that a record system would send about them.

Numbers: published reserve numbers, or numbers whose check digit is wrong on purpose. A number with a
right check digit could be a real child's and is refused here.
"""
RESERVE = {"20210325K069": "1.2.752.113.11.0.2.1.1.1", "98240301AA06": "1.2.752.74.9.1"}
PERSONAL = "1.2.752.129.2.1.3.1"


def check_digit(first_nine):
    """Luhn over YYMMDDNNN, weights 2, 1, 2, ..."""
    total = 0
    for i, c in enumerate(first_nine):
        value = int(c) * (2 if i % 2 == 0 else 1)
        total += value // 10 + value % 10
    return (10 - total % 10) % 10


def impossible_number(birth, serial):
    """A twelve-character number for a birth date (YYYYMMDD) with a wrong check digit."""
    body = birth + f"{serial:03d}"
    return body + str((check_digit(body[2:]) + 1) % 10)


class Child:
    def __init__(self, name, number, birth, municipality="2183", protection="N"):
        if number not in RESERVE and int(number[-1]) == check_digit(number[2:11]):
            raise ValueError("a number with a right check digit may belong to a real child")
        self.name, self.number, self.birth = name, number, birth
        self.municipality, self.protection = municipality, protection

    def pid(self):
        oid = RESERVE.get(self.number, PERSONAL)
        kind = "MR" if self.number in RESERVE else "NNSWE"
        return (f"PID|1||{self.number}^^^&{oid}&ISO^{kind}||{self.name}||{self.birth}|U|||"
                f"Provgatan 1^^Bollnäs^^82130^SE^^^{self.municipality}")

    def pd1(self):
        return f"PD1||||||||||||{self.protection}"


class Messages:
    """Builds messages with rising control ids, as BVC Bollnäs' record system."""

    UNIT = "SE2321000198-BVCTEST"

    def __init__(self, prefix="D"):
        self.count, self.prefix = 0, prefix

    def header(self, trigger, structure, at, charset="UNICODE UTF-8"):
        self.count += 1
        return (f"MSH|^~\\&|COSMIC|{self.UNIT}|SAMSIGNAL|HUB|{at}||{trigger}^{structure}|"
                f"{self.prefix}{self.count:05d}|T|2.5.1|||AL|NE||{charset}")

    def appointment(self, trigger, child, at, appointment, visit, start, status, reason="", charset="UNICODE UTF-8"):
        return "\r".join([
            self.header(f"SIU^{trigger}", "SIU_S12", at, charset),
            f"SCH|{appointment}^COSMIC|{appointment}^COSMIC||||{reason}|{visit}^^LOCAL||45|min|^^^{start}"
            f"||||||||||||||{status}",
            child.pid(), child.pd1(), "RGS|1", f"AIL|1||{self.UNIT}"])

    def registered(self, child, at, since=""):
        return "\r".join([self.header("ADT^A28", "ADT_A05", at), f"EVN|A28|{at}", child.pid(), child.pd1(),
                          f"PV1|1|O|{self.UNIT}" + "|" * 41 + since])

    def form(self, child, at, answers, charset="UNICODE UTF-8"):
        rows = [self.header("ORU^R01", "ORU_R01", at, charset), child.pid(), child.pd1(),
                f"PV1|1|O|{self.UNIT}", f"OBR|1||F-{self.prefix}{self.count}|FORM^Formulär^LOCAL|||{at}"]
        rows += [f"OBX|{i}|CE|{code}^^LOCAL||{value}||||||F" for i, (code, value) in enumerate(answers, 1)]
        return "\r".join(rows)

    def report(self, child, at, acute, concern):
        rows = [self.header("MDM^T02", "MDM_T02", at), f"EVN|T02|{at}", child.pid(), child.pd1(),
                "NK1|1|Testsson^Vuxen|MTH^Mor|Provgatan 1^^Bollnäs^^82130|0701740605||N",
                f"PV1|1|O|{self.UNIT}",
                f"TXA|1|OROS|TX|{at}||||||||DOC-{self.prefix}{self.count}|||||LA|||||^Ek^Maj^^^^^^^^^^^^{at}"]
        answers = [("ANMROLL", "sjuksköterska"), ("AKUT", "J" if acute else "N"), ("BARNINF", "N"), ("ORO", concern),
                   ("SETT", "Sett vid besök"), ("RELATION", "BVC-kontakt"), ("MOTE", "J")]
        rows += [f"OBX|{i}|CE|{code}^^LOCAL||{value}||||||F" for i, (code, value) in enumerate(answers, 1)]
        return "\r".join(rows)
