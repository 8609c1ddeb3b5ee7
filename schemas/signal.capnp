# What a subscriber receives. A signal is composed and masked when it is decided, journaled in that
# form, and delivered byte for byte: the log holds exactly what was disclosed. One exception: the
# bytes of an attachment stand in its event's record only, which the decision names as its evidence.
@0x8605dc5eeccdb0f5;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";
using B = import "bvc.capnp";
using O = import "social.capnp";
using S = import "shared_events.capnp";

struct Rule {
  id @0 :Text $A.sens(s0) $A.sv("regel");
  version @1 :Text $A.sens(s0) $A.sv("regelns version");
}

struct Clock {
  # A time limit that somebody must keep; its length is dated configuration, never a constant.
  kind @0 :Text $A.sens(s0) $A.sv("slag av tidsfrist, text-id");
  dueAt @1 :Int64 $A.sens(s1) $A.sv("senast") $A.keep(payload);
}

struct Occurrence {
  eventId @0 :Data $A.sens(s0) $A.sv("händelsens id");
  type @1 :Text $A.sens(s2) $A.sv("händelsetyp") $A.keep(payload);
  at @2 :Int64 $A.sens(s2) $A.sv("inträffade") $A.keep(payload);
  visitCode @3 :Text $A.sens(s2) $A.sv("besökskod") $A.keep(payload);
}

struct SupportRequest $A.sv("begäran om stöd") {
  wanted @0 :List(B.BarnSakertOutcome.Outcome) $A.sens(s3) $A.sv("önskad form") $A.keep(payload);
  contactWay @1 :Text $A.sens(s3) $A.sv("önskat kontaktsätt") $A.keep(payload);
  language @2 :Text $A.sens(s1) $A.sv("språk, tolkbehov") $A.keep(payload);
  areas @3 :List(B.BarnSakertOutcome.Area) $A.sens(s4) $A.sv("områden som familjen vill ta upp") $A.keep(payload);
  consentRef @4 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  level @5 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
}

struct Attendance $A.sv("utebliven kontakt") {
  notReachedSince @0 :Int64 = -1 $A.sens(s2) $A.sv("ej nådd sedan") $A.keep(payload);
  attempts @1 :UInt16 $A.sens(s2) $A.sv("antal försök") $A.keep(payload);
}

struct Overdue $A.sv("uteblivet programsteg") {
  visitCode @0 :Text $A.sens(s2) $A.sv("besökskod") $A.keep(payload);
  dueAt @1 :Int64 $A.sens(s2) $A.sv("skulle ske") $A.keep(payload);
  overdueAt @2 :Int64 $A.sens(s2) $A.sv("försenat från") $A.keep(payload);
  lastSeenAt @3 :Int64 = -1 $A.sens(s2) $A.sv("senast sedd") $A.keep(payload);
  programId @4 :Text $A.sens(s2) $A.sv("program") $A.keep(payload);
}

struct Pattern $A.sv("mönster") {
  # Only events of the receiving unit's own domain.
  windowFrom @0 :Int64 $A.sens(s2) $A.sv("från") $A.keep(payload);
  windowTo @1 :Int64 $A.sens(s2) $A.sv("till") $A.keep(payload);
  occurrences @2 :List(Occurrence) $A.sens(s2) $A.sv("händelser") $A.keep(payload);
}

struct ReceiptNotice $A.sv("kvittens till avsändaren") {
  # What the sender may know: stored, delivered, registered with times, and the coded answer.
  about @0 :Data $A.sens(s0) $A.sv("om signal");
  aboutCode @1 :Text $A.sens(s1) $A.sv("om slag av signal") $A.keep(payload);
  state @2 :S.LadderState $A.sens(s1) $A.sv("steg") $A.keep(payload);
  at @3 :Int64 $A.sens(s1) $A.sv("tidpunkt") $A.keep(payload);
  answer @4 :S.Answer $A.sens(s3) $A.sv("återkoppling") $A.keep(payload);
  receiverFunction @5 :Text $A.sens(s1) $A.sv("mottagande funktion") $A.keep(payload);
  receiverPhone @6 :Text $A.sens(s1) $A.sv("mottagande funktions telefon") $A.keep(payload);
  # Of an acute report: phone first. A function's number is nobody's own.
  forwardedAs @7 :Data $A.sens(s0) $A.sv("vidaresänd som signal");
  awaitsAnswer @8 :Bool $A.sens(s0) $A.sv("ska besvaras med en kod");
  # Its limit ends with the answer, not when it is registered.
}

struct HoldNotice $A.sv("hålls kvar") {
  # The sender's own function is asked to act: name the receiver, bring the consent.
  about @0 :Data $A.sens(s0) $A.sv("om signal");
  aboutCode @1 :Text $A.sens(s1) $A.sv("om slag av signal") $A.keep(payload);
  reasons @2 :List(Text) $A.sens(s1) $A.sv("skäl, text-id") $A.keep(payload);
  eventId @3 :Data $A.sens(s0) $A.sv("händelsens id");
}

struct AttachmentBytes $A.sv("del av bilaga") {
  # A piece of a file of a report that this receiver was sent: goes to the report's receiver only, in
  # the normal lane, in no order to the report. Put together when all `count` are there.
  about @0 :Data $A.sens(s0) $A.sv("om signal");
  attachment @1 :UInt16 $A.sens(s0) $A.sv("bilagans plats i anmälan");  # in report.attachments, from 0
  index @2 :UInt16 $A.sens(s0) $A.sv("delens nummer");  # from 0
  count @3 :UInt16 $A.sens(s0) $A.sv("antal delar");
  size @4 :UInt64 $A.sens(s0) $A.sv("hela bilagans storlek i byte");
  digest @5 :Data $A.sens(s0) $A.sv("hela bilagans kontrollsumma");  # SHA-256
  bytes @6 :Data $A.sens(s4) $A.sv("innehåll") $A.keep(payload);
}

struct Reminder $A.sv("påminnelse") {
  # A time limit of a signal that its receiver has: so much of it has gone. 0: what it waited for has been told, and
  # nobody is reminded any more. About nobody by itself.
  about @0 :Data $A.sens(s0) $A.sv("om signal");
  aboutCode @1 :Text $A.sens(s1) $A.sv("om slag av signal") $A.keep(payload);
  clock @2 :Text $A.sens(s0) $A.sv("slag av tidsfrist, text-id");
  dueAt @3 :Int64 $A.sens(s1) $A.sv("senast") $A.keep(payload);
  percent @4 :UInt8 $A.sens(s0) $A.sv("så mycket av tiden har gått, procent");
}

struct Deadline $A.sv("tidsfrist som inte hållits") {
  # To those in charge at the receiver and to the sender's desk: no person, only that a signal waits.
  about @0 :Data $A.sens(s0) $A.sv("om signal");
  step @1 :Text $A.sens(s0) $A.sv("det som inte är gjort, text-id");
  ageMinutes @2 :UInt32 $A.sens(s0) $A.sv("signalens ålder i minuter");
}

struct JointVisit $A.sv("gemensamt hembesök") {
  # To both teams. No address: the hub holds none but in reports; the two agree on it.
  visitCode @0 :Text $A.sens(s2) $A.sv("besökskod, programsteg") $A.keep(payload);
  start @1 :Int64 = -1 $A.sens(s2) $A.sv("tid") $A.keep(payload);
  consentRef @2 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  level @3 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
}

struct DentalAccess $A.sv("tandvård för vårdnadshavare") {
  # The person is the guardian, an adult, who has asked for this.
  contactWay @0 :Text $A.sens(s3) $A.sv("önskat kontaktsätt") $A.keep(payload);
  consentRef @1 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  level @2 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
}

struct DentalCost $A.sv("kostnad för tandundersökning") {
  # That an examination is wanted and that there is a cost, nothing more. A consent of its own.
  wanted @0 :O.SocialAidDentalDecided.Scope $A.sens(s3) $A.sv("vad kostnaden gäller") $A.keep(payload);
  consentRef @1 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  level @2 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
}

struct CoordinationCall $A.sv("kallelse till samordning") {
  kind @0 :Kind $A.sens(s3) $A.sv("ändamål") $A.keep(payload);
  planId @1 :Text $A.sens(s3) $A.sv("planens nummer") $A.keep(payload);
  meetingDate @2 :Text $A.sens(s3) $A.sv("mötesdatum") $A.keep(payload);
  parties @3 :List(Text) $A.sens(s3) $A.sv("kallade funktioner (adresser i katalogen)") $A.keep(payload) $A.place $A.routes;
  level @4 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
  consentRef @5 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  enum Kind { unknown @0; sip @1; tsi @2; }
}

struct ExamOrder $A.sv("beställd undersökning") {
  # Never why the child is placed, nor where. On what authority: `ground` of the signal.
  orderId @0 :Text $A.sens(s3) $A.sv("beställningens nummer") $A.keep(payload);
  examKind @1 :O.SocialExamRequested.ExamKind $A.sens(s3) $A.sv("slag av undersökning") $A.keep(payload);
  dueDate @2 :Text $A.sens(s3) $A.sv("senast") $A.keep(payload);
  contactFunction @3 :Text $A.sens(s3) $A.sv("kontaktfunktion (adress i katalogen)") $A.keep(payload) $A.place $A.routes;
  consentRef @4 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
}

struct ExamAnswer $A.sv("svar på beställd undersökning") {
  # Done, not done or partly, and as agreed whether care is needed; never why not, nor what was found: that is in
  # the document.
  orderId @0 :Text $A.sens(s3) $A.sv("beställningens nummer") $A.keep(payload);
  result @1 :C.ExamResult $A.sens(s2) $A.sv("utfall") $A.keep(payload);
  date @2 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload);
  reportRef @3 :Text $A.sens(s3) $A.sv("utlåtande, referens") $A.keep(payload);
  needsCare @4 :C.CareNeed $A.sens(s3) $A.sv("vårdbehov") $A.keep(payload);
  # Only by an agreement between the board and the region (needs_care).
}

struct ProtectionUpdate $A.sv("ändrat skydd") {
  # The flag itself is `subject.protection` of the signal; nothing else is told.
  at @0 :Int64 $A.sens(s1) $A.sv("gäller från") $A.keep(payload);
  about @1 :Data $A.sens(s0) $A.sv("om signal");  # the newest one about the child that its receiver has
}

struct Signal {
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id");
  # 16 bytes: hash(evidence ids, rule, version, receiver).
  code @1 :Text $A.sens(s1) $A.sv("signalkod") $A.keep(payload);
  legalClass @2 :C.LegalClass $A.sens(s1) $A.sv("rättslig klass") $A.keep(payload);
  ground @3 :Text $A.sens(s0) $A.sv("rättslig grund, text-id");
  rule @4 :Rule $A.sens(s0) $A.sv("regel");
  decidedAt @5 :Int64 $A.sens(s1) $A.sv("beslutad") $A.keep(payload);
  senderFunction @6 :Text $A.sens(s1) $A.sv("avsändande funktion") $A.keep(payload);
  receiverFunction @7 :Text $A.sens(s1) $A.sv("mottagande funktion") $A.keep(payload);
  controller @8 :C.Controller $A.sens(s0) $A.sv("personuppgiftsansvarig");
  subject @9 :C.Subject $A.sens(s1) $A.sv("den registrerade") $A.keep(payload);
  acute @10 :Bool $A.sens(s3) $A.sv("akut") $A.keep(payload);
  test @11 :Bool $A.sens(s0) $A.sv("test");
  maskedFields @12 :List(Text) $A.sens(s0) $A.sv("maskade fält");
  evidence @13 :List(Data) $A.sens(s0) $A.sv("underlag, händelse-id");
  clocks @14 :List(Clock) $A.sens(s1) $A.sv("tidsfrister") $A.keep(payload);
  occurredAt @15 :Int64 $A.sens(s1) $A.sv("inträffade") $A.keep(payload);
  awaitsAnswer @36 :Bool $A.sens(s0) $A.sv("ska besvaras med en kod");
  # Of classes B and C: a limit for an offer, a reply or a confirmation ends with the answer, not when it is registered.
  body :union {
    unset @16 :Void $A.sens(s0) $A.sv("tom");
    report @17 :S.ReportSigned $A.signalCode("SIG-A1") $A.legalClass("A") $A.sens(s4) $A.sv("orosanmälan") $A.keep(payload);
    supportRequest @18 :SupportRequest $A.signalCode("SIG-B1") $A.legalClass("B") $A.sens(s3) $A.sv("begäran om stöd") $A.keep(payload);
    attendance @19 :Attendance $A.signalCode("SIG-C1") $A.legalClass("C") $A.sens(s2) $A.sv("utebliven kontakt") $A.keep(payload);
    overdue @20 :Overdue $A.signalCode("SIG-E1") $A.legalClass("E") $A.sens(s2) $A.sv("uteblivet programsteg") $A.keep(payload);
    pattern @21 :Pattern $A.signalCode("SIG-E2") $A.legalClass("E") $A.sens(s2) $A.sv("mönster") $A.keep(payload);
    receipt @22 :ReceiptNotice $A.signalCode("RECEIPT") $A.legalClass("A") $A.sens(s3) $A.sv("kvittens") $A.keep(payload);
    hold @23 :HoldNotice $A.signalCode("HOLD") $A.legalClass("E") $A.sens(s1) $A.sv("hålls kvar") $A.keep(payload);
    withdrawn @24 :S.SignalWithdrawn $A.signalCode("WITHDRAWN") $A.legalClass("E") $A.sens(s1) $A.sv("återkallad") $A.keep(payload);
    attachment @25 :AttachmentBytes $A.signalCode("ATTACHMENT") $A.legalClass("A") $A.sens(s4) $A.sv("del av bilaga") $A.keep(payload);
    jointVisit @26 :JointVisit $A.signalCode("SIG-B2") $A.legalClass("B") $A.sens(s3) $A.sv("gemensamt hembesök") $A.keep(payload);
    dentalAccess @27 :DentalAccess $A.signalCode("SIG-B3") $A.legalClass("B") $A.sens(s3) $A.sv("tandvård för vårdnadshavare") $A.keep(payload);
    dentalCost @28 :DentalCost $A.signalCode("SIG-B3-COST") $A.legalClass("B") $A.sens(s3) $A.sv("kostnad för tandundersökning") $A.keep(payload);
    coordination @29 :CoordinationCall $A.signalCode("SIG-B4") $A.legalClass("B") $A.sens(s3) $A.sv("kallelse till samordning") $A.keep(payload);
    examOrder @30 :ExamOrder $A.signalCode("SIG-D1") $A.legalClass("D") $A.sens(s3) $A.sv("beställd undersökning") $A.keep(payload);
    examAnswer @31 :ExamAnswer $A.signalCode("SIG-D2") $A.legalClass("D") $A.sens(s3) $A.sv("svar på beställd undersökning") $A.keep(payload);
    protectionUpdate @32 :ProtectionUpdate $A.signalCode("SIG-E4") $A.legalClass("E") $A.sens(s1) $A.sv("ändrat skydd") $A.keep(payload);
    reminder @33 :Reminder $A.signalCode("REMINDER") $A.legalClass("E") $A.sens(s1) $A.sv("påminnelse") $A.keep(payload);
    deadline @34 :Deadline $A.signalCode("SIG-E3") $A.legalClass("E") $A.sens(s0) $A.sv("tidsfrist som inte hållits");
    feedback @35 :ReceiptNotice $A.signalCode("SIG-A3") $A.legalClass("A") $A.sens(s3) $A.sv("återkoppling till anmälaren") $A.keep(payload);
  }
}
