// The text catalogue for people. One row: id, Swedish, English; {name} is a placeholder and must be
// the same in both. Enumerants are in texts_enums.cc. Legal paragraphs stand here only as words: no
// behaviour depends on them.
#include "broker/contract/texts_table.h"

namespace sam::contract::internal {
namespace {

constexpr TextRow kMessageRows[] = {
    // Why the gate held or denied. "held" asks somebody for something.
    {"gate.agreement.expired", "Överenskommelsen mellan parterna gäller inte i dag.",
     "The agreement between the parties is not valid today."},
    {"gate.code.unknown", "Okänt slag av signal.", "Unknown kind of signal."},
    {"gate.consent.expired", "Samtycket har gått ut.", "The consent has expired."},
    {"gate.consent.guardians", "Alla vårdnadshavare samtycker inte.",
     "Not all guardians consent."},
    {"gate.consent.missing", "Samtycke saknas.", "Consent is missing."},
    {"gate.consent.withdrawn", "Samtycket är återkallat.", "The consent has been withdrawn."},
    {"gate.controller.other",
     "Parten hör till en annan myndighet än den som äger uppgifterna.",
     "The party belongs to another authority than the one that owns the facts."},
    {"gate.controller.unknown", "Myndigheten som äger uppgifterna finns inte i katalogen.",
     "The authority that owns the facts is not in the directory."},
    {"gate.evidence.gone", "Underlaget är gallrat.", "The evidence has been disposed of."},
    {"gate.municipality.unknown", "Folkbokföringskommun saknas eller är ogiltig.",
     "The registered municipality is missing or not valid."},
    {"gate.protection.municipality",
     "Skyddad folkbokföring: kommunen kan vara fel. Ange mottagare.",
     "Protected registration: the municipality may be wrong. Name the receiver."},
    {"gate.receiver.ambiguous", "Flera möjliga mottagare. Ange vilken.",
     "Several possible receivers. Name one."},
    {"gate.receiver.notparty", "Mottagaren är inte part i den signal det gäller.",
     "The receiver is not a party to the signal in question."},
    {"gate.receiver.reach", "Mottagaren betjänar inte den kommun eller enhet det gäller.",
     "The receiver does not serve the municipality or unit in question."},
    {"gate.receiver.region", "Mottagaren finns inte i samma region.",
     "The receiver is not in the same region."},
    {"gate.receiver.role", "Mottagarens roll får aldrig ta emot detta slag av signal.",
     "The receiver's role may never receive this kind of signal."},
    {"gate.receiver.unknown", "Ingen giltig mottagare i katalogen.",
     "No valid receiver in the directory."},
    {"gate.sender.role", "Avsändarens roll får inte sända detta slag av signal.",
     "The sender's role may not send this kind of signal."},
    {"gate.sender.unknown", "Avsändaren finns inte i katalogen eller är inte giltig.",
     "The sender is not in the directory or not valid."},
    {"gate.unit.unknown", "Barnets enhet är inte känd.", "The child's unit is not known."},

    // On which ground it was disclosed.
    {"ground.consent", "Samtycke (OSL 10 kap. 1 § och 12 kap. 2 §)",
     "Consent (OSL ch. 10 s. 1 and ch. 12 s. 2)"},
    {"ground.feedback", "Återkoppling till anmälaren (trevärt svar)",
     "Feedback to the reporter (three-valued answer)"},
    {"ground.hold", "Besked till den som sänt signalen", "Notice to the one who sent the signal"},
    {"ground.own-unit", "Egen enhet som redan har uppgifterna (PDL 4 kap. 1 §)",
     "Own unit that already holds the facts (PDL ch. 4 s. 1)"},
    {"ground.report", "Anmälningsplikt (SoL 19 kap. 1 §, OSL 10 kap. 28 §)",
     "Duty to report (SoL ch. 19 s. 1, OSL ch. 10 s. 28)"},
    {"ground.same-region", "Inom hälso- och sjukvården i samma region (OSL 25 kap. 11 §)",
     "Within health care in the same region (OSL ch. 25 s. 11)"},
    {"ground.withdrawal", "Rättelse till den som fått signalen",
     "Correction to the one who received the signal"},

    // Clocks. Their lengths are configuration.
    {"clock.answer", "återkoppling till anmälaren", "answer to the reporter"},
    {"clock.assess", "skyddsbedömning", "protection assessment"},
    {"clock.decide", "beslut om utredning", "decision on an inquiry"},
    {"clock.offer", "erbjudande till familjen", "offer to the family"},
    {"clock.receipt", "kvittens från en människa", "receipt by a person"},
    {"clock.reply", "svar", "reply"},
    {"clock.review", "bedömning av påminnelsen", "review of the prompt"},
    {"clock.overdue", "Tidsfristen \"{clock}\" har gått ut.",
     "The time limit \"{clock}\" has run out."},

    // Kinds of signals.
    {"signal.HOLD", "Signal hålls kvar", "Signal is held"},
    {"signal.RECEIPT", "Kvittens", "Receipt"},
    {"signal.SIG-A1", "Orosanmälan", "Statutory report of concern"},
    {"signal.SIG-B1", "Begäran om stöd", "Request for support"},
    {"signal.SIG-C1", "Utebliven kontakt", "No contact"},
    {"signal.SIG-E1", "Uteblivet programsteg", "Programme step overdue"},
    {"signal.SIG-E2", "Mönster att bedöma", "Pattern to review"},
    {"signal.WITHDRAWN", "Återkallad signal", "Withdrawn signal"},

    // Lanes and marks on a delivery.
    {"lane.acute", "akut", "acute"},
    {"lane.normal", "normal", "normal"},
    {"mark.late", "sen", "late"},
    {"mark.replayed", "omsänd", "sent again"},
    {"mark.test", "TEST", "TEST"},

    // Why a number is empty.
    {"withheld.deadLettered", "Kunde inte levereras.", "Could not be delivered."},
    {"withheld.erased", "Innehållet är gallrat.", "The content has been disposed of."},
    {"withheld.refusedAtDelivery", "Fick inte längre lämnas ut vid leveransen.",
     "Could no longer be disclosed at delivery."},
    {"withheld.withdrawn", "Återkallad före leverans.", "Withdrawn before delivery."},

    // The inbox.
    {"inbox.acute", "AKUT", "ACUTE"},
    {"inbox.answer", "Svar", "Answer"},
    {"inbox.answered", "Kvittensen är sparad och sänds till navet.",
     "The receipt is stored and will be sent to the hub."},
    {"inbox.case", "Ärendenummer", "Case number"},
    {"inbox.class", "Klass", "Class"},
    {"inbox.clocks", "Tidsfrister", "Time limits"},
    {"inbox.code", "Slag", "Kind"},
    {"inbox.empty", "Inkorgen är tom.", "The inbox is empty."},
    {"inbox.from", "Från", "From"},
    {"inbox.gap", "Nummer {from}-{to} saknas i {lane} fil. Kontakta navets drift.",
     "Numbers {from}-{to} are missing in the {lane} lane. Contact the hub's operator."},
    {"inbox.ground", "Grund", "Ground"},
    {"inbox.id", "Id", "Id"},
    {"inbox.intake", "Verksamhetssystemet", "Social system"},
    {"inbox.intake.done", "Sparat.", "Stored."},
    {"inbox.intake.held", "{count} väntar på en människa: se till dem i verksamhetssystemet.",
     "{count} wait for a person: see to them in the social system."},
    {"inbox.intake.open", "{count} på väg in i verksamhetssystemet.",
     "{count} on their way into the social system."},
    {"inbox.intake.reference", "Referens att söka på", "Reference to search for"},
    {"inbox.ladder.back", "Signalen står redan på \"{state}\"; kvittenser går bara framåt.",
     "The signal already stands at \"{state}\"; receipts only go forwards."},
    {"inbox.masked", "Maskade fält", "Masked fields"},
    {"inbox.notfound", "Ingen signal med det numret i inkorgen.",
     "No signal with that id in the inbox."},
    {"inbox.occurred", "Inträffade", "Happened"},
    {"inbox.received", "Mottagen", "Received"},
    {"inbox.rule", "Regel", "Rule"},
    {"inbox.state", "Läge", "State"},
    {"inbox.subject", "Den registrerade", "The person concerned"},
    {"inbox.title", "Inkorg för {function}", "Inbox of {function}"},
    {"inbox.to", "Till", "To"},
    {"inbox.withheld", "Undanhållen", "Withheld"},

    // What a hub's gate would do with an event that is only tried out.
    {"trial.alone",
     "Navets svar gäller händelsen för sig: inget är sparat eller sänt, och vad navet vet om barnet "
     "är inte med (navets konfiguration {config}).",
     "The hub's answer is about the event alone: nothing is kept or sent, and what the hub knows of "
     "the child is left out (the hub's configuration {config})."},
    {"trial.deliver", "{code} {kind} (klass {class}) skulle gå till {receiver}",
     "{code} {kind} (class {class}) would go to {receiver}"},
    {"trial.denied", "{code} {kind} (klass {class}) skulle inte lämnas ut till {receiver}",
     "{code} {kind} (class {class}) would not be disclosed to {receiver}"},
    {"trial.ground", "grund: {ground}", "ground: {ground}"},
    {"trial.held", "{code} {kind} (klass {class}) skulle hållas kvar",
     "{code} {kind} (class {class}) would be held"},
    {"trial.masked", "maskade fält: {fields}", "masked fields: {fields}"},
    {"trial.masked.none", "inga fält maskas", "no fields are masked"},
    {"trial.nobody", "ingen känd mottagare", "no known receiver"},
    {"trial.none", "Ingen signal av den här händelsen för sig.",
     "No signal from this event alone."},
    {"trial.reason", "skäl: {reason}", "reason: {reason}"},
    {"trial.refused", "Navet skulle avvisa händelsen: {code} {field}",
     "The hub would refuse the event: {code} {field}"},
    {"trial.title", "navet", "the hub"},
    {"trial.watched", "{count} programsteg skulle bevakas", "{count} programme steps would be watched"},

    // Errors that a person at an inbox or an adapter may meet.
    {"error.conflict", "Samma nyckel har redan annat innehåll.",
     "The same key already has other content."},
    {"error.denied", "Inte tillåtet.", "Not allowed."},
    {"error.exhausted", "En gräns är nådd. Försök igen senare.",
     "A limit is reached. Try again later."},
    {"error.internal", "Internt fel. Kontakta driften.", "Internal error. Contact operations."},
    {"error.invalid", "Uppgifterna är felaktiga.", "The input is wrong."},
    {"error.corrupt", "Lagrade uppgifter är skadade. Kontakta driften.",
     "Stored data are damaged. Contact operations."},
    {"error.notfound", "Finns inte.", "Not found."},
    {"error.unavailable", "Navet kan inte nås just nu.", "The hub cannot be reached just now."},

    // Printouts.
    {"print.hidden", "({count} fält med personuppgifter dolda)",
     "({count} fields with personal data hidden)"},
    {"print.no", "nej", "no"},
    {"print.yes", "ja", "yes"},
};

}  // namespace

std::span<const TextRow> MessageTexts() { return kMessageRows; }

}  // namespace sam::contract::internal
