"""The stories as one page that a nurse or a social worker can read: what happened, what went where and why, and
what was held back. Swedish first, English below each; no scripts, one file."""
import html
import os
import tomllib

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../deploy/config/demo/directory.toml"), "rb") as f:
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


def both(texts):
    return (f'{html.escape(texts["sv"])}<br><span class="en" lang="en">{html.escape(texts["en"])}</span>')


def steps(scenario):
    rows, last = [], None
    for step in scenario["step"]:
        last = step.get("at", last)
        when = f"<time>{last:%Y-%m-%d %H:%M}</time> " if last else ""
        rows.append(f'<li>{when}{both(step["tell"])}</li>')
    return "<ol>" + "".join(rows) + "</ol>"


def outcome(signal):
    sv, en = OUTCOME.get(signal["outcome"], (signal["outcome"], signal["outcome"]))
    why = "; ".join(signal["reasonsText"]) or signal["decisions"][-1]["groundText"]
    kind = "sent" if signal["outcome"] == "deliver" else "held"
    taken = " Återtaget. " if signal["withdrawn"] else ""
    return (f'<tr><td>{html.escape(NAMES.get(signal["code"], signal["code"]))}<br><span class="en">{signal["code"]}</span></td>'
            f'<td>{html.escape(PEOPLE.get(signal["receiver"], signal["receiver"]) or "ingen ännu")}</td>'
            f'<td><div class="{kind}">{sv}{taken}<br><span class="en" lang="en">{en}</span></div></td>'
            f'<td>{html.escape(why)}</td><td>{fields(signal)}</td></tr>')


def fields(signal):
    hidden = signal["decisions"][-1]["masked"]
    seen = f'{len(signal["shown"])} uppgifter' if signal["shown"] else "inget"
    return seen + (f'; dolt: {html.escape(", ".join(hidden))}' if hidden else "")


def article(scenario, told):
    signals = sorted((s for s in told["signals"] if s["code"] != "RECEIPT"), key=lambda s: s["decisions"][0]["offset"])
    rows = "".join(outcome(s) for s in signals)
    table = (f'<div class="wide" role="group" tabindex="0" aria-label="{html.escape(scenario["title"]["sv"])}">'
             "<table><thead><tr><th>Vad</th><th>Till</th><th>Beslut</th><th>Varför</th><th>Mottagaren ser</th></tr></thead>"
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
