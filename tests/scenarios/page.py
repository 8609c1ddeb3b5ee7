"""The stories as one page that a nurse or a social worker can read: what happened, what went where and why, and
what was held back. Swedish first, English below each; no scripts, one file."""
import html
import os
import re
import tomllib

import comparison
import terms

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "../../deploy/config/demo/directory.toml"), "rb") as f:
    PEOPLE = {function["id"]: function["name"] for function in tomllib.load(f)["function"]}
HEAD = """<!doctype html>
<html lang="sv"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Samsignal: berättelser</title><style>
body{font:1.05rem/1.55 system-ui,sans-serif;color:#1b1f24;background:#fbfaf7;max-width:62rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.7rem}h2{font-size:1.25rem;margin:0 0 .2rem}.en{color:#4c5560;font-size:.95rem}
article{background:#fff;border:1px solid #d9d6cd;border-radius:.5rem;padding:1.2rem 1.4rem;margin:1.4rem 0}
table{border-collapse:collapse;width:100%;margin:.6rem 0}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-top:1px solid #e6e3da}
th{font-weight:600;border-top:0}ol{padding-left:1.3rem}time{color:#4c5560;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}td{min-width:5.5rem;overflow-wrap:break-word}
.held{border-left:.35rem solid #b25a00;padding-left:.6rem}.sent{border-left:.35rem solid #1f6f5c;padding-left:.6rem}
.none{color:#4c5560}a{color:#1b4f8f}@media print{body{background:#fff}article{break-inside:avoid}}
</style></head><body><main>
<h1>Vad navet gör, berättelse för berättelse</h1>
<p>Påhittade barn. Varje berättelse körs genom de riktiga programmen, och det som står här är vad som hände.<br>
<span class="en" lang="en">Invented children. Each story runs through the real programs, and this is what happened.</span></p>
"""
OUTCOME = {"deliver": ("Lämnat ut", "Handed over"), "held": ("Hålls kvar", "Held"),
           "denied": ("Nekat", "Denied"), "withheld": ("Innehållet", "Withheld"),
           "superseded": ("Ersatt av annan mottagare", "Replaced by another receiver")}
NAMES = {"SIG-A1": "Orosanmälan", "SIG-A3": "Återkoppling till anmälaren", "SIG-B1": "Stöd med samtycke", "SIG-B2": "Gemensamt hembesök",
         "SIG-B3": "Tandvård för vårdnadshavare", "SIG-B3-COST": "Kostnad för tandundersökning",
         "SIG-B4": "Kallelse till SIP eller TSI", "SIG-C1": "Familjen nås inte, till annan vård",
         "SIG-D1": "Beställd undersökning",
         "SIG-D2": "Svar på beställd undersökning", "SIG-E4": "Ändrat skydd", "SIG-E1": "Påminnelse till egen enhet",
         "SIG-E2": "Fråga till egen enhet", "SIG-E3": "Till ansvariga: tiden är ute",
         "REMINDER": "Påminnelse", "HOLD": "Besked: väntar", "WITHDRAWN": "Besked: återtaget"}

def words(table, pattern):
    """{name: (Swedish, English)} of the hub's own texts, so that the page says what its programs say."""
    with open(os.path.join(HERE, "../../broker/contract", table), encoding="utf-8") as f:
        rows = re.findall(r'\{"' + pattern + r'",\s*"([^"\\]+)",\s*"([^"\\]+)"\}', f.read())
    return {what: (sv, en) for what, sv, en in rows}


CLOCKS = words("texts_table.cc", r"(clock\.\w+)")
GROUNDS = words("texts_table.cc", r"(ground\.[\w-]+)")
STEPS = words("texts_enums.cc", r"enum\.(?:LadderState|Answer)\.(\w+)")


def both(texts):
    return (f'{html.escape(texts["sv"])}<br><span class="en" lang="en">{html.escape(texts["en"])}</span>')


def steps(scenario):
    rows, last = [], None
    for step in scenario["step"]:
        last = step.get("at", last)
        when = f"<time>{last:%Y-%m-%d %H:%M}</time> " if last else ""
        rows.append(f'<li>{when}{both(step["tell"])}</li>')
    return "<ol>" + "".join(rows) + "</ol>"


def english(text):
    return f'<br><span class="en" lang="en">{html.escape(text)}</span>' if text else ""


def name(signal):
    """What it is; of a notice also which time limit it is about, and how much of that is gone."""
    out = html.escape(NAMES.get(signal["code"], signal["code"])) + f'<br><span class="en">{signal["code"]}</span>'
    if signal["code"] not in comparison.NOTICES:
        return out
    kind, _, gone = comparison.notice(signal).partition(" ")
    sv, en = CLOCKS.get(kind, (kind, kind))
    gone_sv, gone_en = {"": ("", ""), "answered": (", besvarad", ", answered"),
                        "acute": (", akut", ", acute")}.get(gone, (f", {gone} %", f", {gone} %"))
    return out + "<br>" + html.escape(sv + gone_sv) + english(en + gone_en)


def why(signal, told):
    """On which ground it was handed over, or why not."""
    ground = comparison.ground(signal) if signal["outcome"] == "deliver" else ""
    sv, en = ([one] if ground else [] for one in GROUNDS.get(ground, (ground, ground)))
    other = told["english"][signal["signal"]]
    return html.escape("; ".join(sv + signal["reasonsText"])) + english("; ".join(en + other["reasonsText"]))


def ladder(signal):
    """How far it came."""
    steps = comparison.ladder(signal)
    sv, en = STEPS.get(steps[-1], (steps[-1],) * 2) if steps else ("", "")
    return f"<div>{html.escape(sv)}{english(en)}</div>" if steps else ""


def clocks(signal):
    """The time limits that its receiver is shown."""
    rows = [(*CLOCKS.get(kind, (kind, kind)), due.replace("T", " ")) for kind, due in signal["clocks"].items()]
    return "<br>".join(f"{html.escape(sv)}: <time>{due}</time>{english(en)}" for sv, en, due in rows)


def outcome(signal, told):
    sv, en = OUTCOME.get(signal["outcome"], (signal["outcome"], signal["outcome"]))
    kind = "sent" if signal["outcome"] == "deliver" else "held"
    taken, back = (" Återtaget.", " Taken back.") if signal["withdrawn"] else ("", "")
    return (f'<tr><td>{name(signal)}</td>'
            f'<td>{html.escape(PEOPLE.get(signal["receiver"], signal["receiver"]) or "ingen ännu")}</td>'
            f'<td><div class="{kind}">{sv}{taken and "." + taken}{english(en + (back and "." + back))}</div>{ladder(signal)}</td>'
            f'<td>{why(signal, told)}</td><td>{clocks(signal)}</td><td>{fields(signal)}</td></tr>')


def fields(signal):
    if not signal["inbox"]:
        return f'inkorgen är inte med här{english("the inbox is not part of this")}'
    about = [p for p in signal["shown"] if p.startswith(("subject.", "body."))]
    rows = [("Ser", "Sees", about), ("Dolt", "Hidden", signal["decisions"][-1]["masked"])]
    told = [(sv, en, *terms.listed(paths)) for sv, en, paths in rows if paths]
    return "".join(f"<details{' open' if en == 'Hidden' else ''}><summary>{sv}<span class=\"en\" lang=\"en\"> {en}</span></summary>"
                   f"{html.escape(swedish)}{english(words)}</details>" for sv, en, swedish, words in told) or (
                       f'inget om någon{english("nothing about anybody")}')


def article(scenario, told):
    rows = "".join(outcome(s, told) for s in told["signals"] if s["code"] not in comparison.UNLISTED)
    table = (f'<div class="wide" role="group" tabindex="0" aria-label="{html.escape(scenario["title"]["sv"])}">'
             "<table><thead><tr><th>Vad</th><th>Till</th><th>Beslut</th><th>Varför</th><th>Senast</th><th>Mottagaren ser</th></tr></thead>"
             f"<tbody>{rows}</tbody></table></div>" if rows else
             '<p class="none">Ingenting lämnades ut. <span class="en" lang="en">Nothing was handed over.</span></p>')
    back = sum(1 for s in told["signals"] if s["code"] == "RECEIPT")
    receipts = f'<p>Kvittenser: {back}. <span class="en" lang="en">Receipts: {back}.</span></p>' if back else ''
    return (f'<article id="{scenario["name"]}"><h2>{html.escape(scenario["title"]["sv"])}</h2>'
            f'<p class="en" lang="en">{html.escape(scenario["title"]["en"])}</p><p>{both(scenario["about"])}</p>'
            f'{steps(scenario)}{table}{receipts}</article>')


def write(path, played):
    with open(path, "w", encoding="utf-8") as f:
        f.write(HEAD)
        f.write("<nav><ul>" + "".join(f'<li><a href="#{s["name"]}">{html.escape(s["title"]["sv"])}</a></li>'
                                      for s, _ in played) + "</ul></nav>")
        for scenario, told in played:
            f.write(article(scenario, told))
        f.write("</main></body></html>\n")
