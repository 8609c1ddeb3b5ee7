# The envelope of every event, and one typed struct per event type.
# An unknown union member is stored, delivered if its class is known, shown and confirmable: that is
# why the header repeats type and class in words.
@0xbad1da0c31e772a4;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";
using B = import "bvc.capnp";
using D = import "dental.capnp";
using O = import "social.capnp";
using S = import "shared_events.capnp";

struct Source {
  systemId @0 :Text $A.sens(s0) $A.sv("källsystem") $A.required;
  orgNr @1 :Text $A.sens(s0) $A.sv("organisationsnummer");
  board @2 :Text $A.sens(s0) $A.sv("nämnd");
  unitHsaId @3 :Text $A.sens(s1) $A.sv("enhetens HSA-id") $A.keep(payload) $A.place $A.routes;
  regime @4 :Regime $A.sens(s0) $A.sv("offentlig eller privat regi");
  enum Regime { public @0; private @1; }
}

struct Provenance {
  mapping @0 :Text $A.sens(s0) $A.sv("mappning");
  mappingVersion @1 :Text $A.sens(s0) $A.sv("mappningens version");
  mappingDigest @2 :Data $A.sens(s0) $A.sv("mappningens kontrollsumma");
  rawDigest @3 :Data $A.sens(s0) $A.sv("råmeddelandets kontrollsumma, med nyckel");
  rawRef @4 :UInt64 $A.sens(s0) $A.sv("råmeddelandets nummer hos adaptern");
  doubts @5 :List(Text) $A.sens(s0) $A.sv("tveksamheter, koder");
  # Codes such as "charset-guessed", "zone-assumed", "SCH-6-vs-SCH-25".
}

enum EventStatus {
  actual @0;
  corrected @1;
  retracted @2;
}

struct Header {
  eventId @0 :Data $A.sens(s0) $A.sv("händelsens id (UUIDv7)") $A.required;
  type @1 :Text $A.sens(s0) $A.sv("händelsetyp") $A.required;
  schemaVersion @2 :UInt16 $A.sens(s0) $A.sv("schemaversion");
  occurredAt @3 :Int64 $A.sens(s1) $A.sv("inträffade") $A.keep(payload) $A.required;
  precision @4 :C.Precision $A.sens(s0) $A.sv("tidens noggrannhet");
  zoneNote @5 :C.ZoneNote $A.sens(s0) $A.sv("tidszonens ursprung");
  recordedAt @6 :Int64 $A.sens(s0) $A.sv("registrerad");
  source @7 :Source $A.sens(s1) $A.sv("källa") $A.keep(payload) $A.required;
  controller @8 :C.Controller $A.sens(s0) $A.sv("personuppgiftsansvarig") $A.required;
  sourceMessageId @9 :Text $A.sens(s1) $A.sv("källans meddelande-id") $A.keep(payload) $A.required;
  # With systemId the idempotency key. For HL7 v2: MSH-3, 4, 10 and 7, since control ids wrap.
  subject @10 :C.Subject $A.sens(s1) $A.sv("den registrerade") $A.keep(payload);
  actorRole @11 :Text $A.sens(s1) $A.sv("roll hos den som registrerade") $A.keep(payload);
  status @12 :EventStatus $A.sens(s0) $A.sv("status");
  replaces @13 :Data $A.sens(s0) $A.sv("ersätter händelse");
  sensitivity @14 :A.Sensitivity $A.sens(s0) $A.sv("känslighet");
  legalClass @15 :C.LegalClass $A.sens(s0) $A.sv("rättslig klass");
  test @16 :Bool $A.sens(s0) $A.sv("test");
  episodeKey @17 :Text $A.sens(s1) $A.sv("händelsenyckel över källor") $A.keep(payload);
  # The same happening told by two sources (an S26 and the nightly file) carries the same key.
  provenance @18 :Provenance $A.sens(s0) $A.sv("ursprung");
  nulls @19 :List(Text) $A.sens(s0) $A.sv("fält som källan uttryckligen tömt");
  traceparent @20 :Text $A.sens(s0) $A.sv("spårningsnyckel (W3C)");
  baseline @21 :Bool $A.sens(s0) $A.sv("startladdning: ger inga promptar");
}

struct Event {
  header @0 :Header $A.sens(s1) $A.sv("huvud") $A.keep(payload);
  body :union {
    unset @1 :Void $A.sens(s0) $A.sv("tom");
    bvcChildRegistered @2 :B.ChildRegistered $A.eventType("bvc.child.registered") $A.row(1) $A.sens(s1) $A.sv("inskriven på BVC") $A.keep(payload);
    bvcChildTransferred @3 :B.ChildTransferred $A.eventType("bvc.child.transferred") $A.row(2) $A.sens(s1) $A.sv("byte av BVC / utskriven") $A.keep(payload);
    bvcVisitBooked @4 :B.VisitBooked $A.eventType("bvc.visit.booked") $A.row(3) $A.sens(s1) $A.sv("bokat besök") $A.keep(payload);
    bvcVisitCompleted @5 :B.VisitCompleted $A.eventType("bvc.visit.completed") $A.row(4) $A.sens(s2) $A.sv("genomfört hälsobesök") $A.keep(payload);
    bvcVisitMissed @6 :B.VisitMissed $A.eventType("bvc.visit.missed") $A.row(5) $A.sens(s2) $A.sv("uteblivet besök") $A.keep(payload);
    bvcVisitCancelled @7 :B.VisitCancelled $A.eventType("bvc.visit.cancelled") $A.row(6) $A.sens(s1) $A.sv("avbokat / ombokat") $A.keep(payload);
    bvcHomevisitCompleted @8 :B.HomeVisitCompleted $A.eventType("bvc.homevisit.completed") $A.row(7) $A.sens(s2) $A.sv("hembesök") $A.keep(payload);
    bvcHomevisitDeclined @9 :B.HomeVisitDeclined $A.eventType("bvc.homevisit.declined") $A.row(8) $A.sens(s2) $A.sv("avböjt hembesök") $A.keep(payload);
    bvcCareDeclined @10 :B.CareDeclined $A.eventType("bvc.care.declined") $A.row(9) $A.sens(s2) $A.sv("avböjer barnhälsovård") $A.keep(payload);
    bvcProgramChanged @11 :B.ProgramChanged $A.eventType("bvc.program.changed") $A.row(10) $A.sens(s2) $A.sv("utökat hembesöksprogram") $A.keep(payload);
    bvcEpdsPerformed @12 :B.EpdsPerformed $A.eventType("bvc.epds.performed") $A.row(11) $A.sens(s3) $A.sv("EPDS genomförd") $A.keep(payload);
    bvcBarnsakertAnswered @13 :B.BarnSakertAnswered $A.eventType("bvc.barnsakert.answered") $A.row(12) $A.sens(s3) $A.sv("BarnSäkert besvarat") $A.keep(payload);
    bvcBarnsakertOutcome @14 :B.BarnSakertOutcome $A.eventType("bvc.barnsakert.outcome") $A.row(13) $A.sens(s3) $A.sv("utfall BarnSäkert") $A.keep(payload) $A.legalClass("B");
    bvcScreeningDeviation @15 :B.ScreeningDeviation $A.eventType("bvc.screening.deviation") $A.row(14) $A.sens(s2) $A.sv("avvikelse i screening") $A.keep(payload);
    bvcGrowthDeviation @16 :B.GrowthDeviation $A.eventType("bvc.growth.deviation") $A.row(15) $A.sens(s2) $A.sv("tillväxtavvikelse") $A.keep(payload);
    bvcVaccinationDelayed @17 :B.VaccinationDelayed $A.eventType("bvc.vaccination.delayed") $A.row(16) $A.sens(s2) $A.sv("försenad / avböjd vaccination") $A.keep(payload);
    bvcInjuryObserved @18 :B.InjuryObserved $A.eventType("bvc.injury.observed") $A.row(17) $A.sens(s4) $A.sv("skada / olycksfall") $A.keep(payload);
    bvcGuardianDentalOffered @19 :B.GuardianDentalOffered $A.eventType("bvc.guardian.dental.offered") $A.row(18) $A.sens(s2) $A.sv("hänvisad till tandvård") $A.keep(payload);
    personProtectionChanged @20 :S.ProtectionChanged $A.eventType("person.protection.changed") $A.row(41) $A.sens(s4) $A.sv("ändrat skydd") $A.keep(payload);
    personMoved @21 :S.PersonMoved $A.eventType("person.moved") $A.row(41) $A.sens(s1) $A.sv("flytt") $A.keep(payload);
    personIdLinked @22 :S.PersonIdLinked $A.eventType("person.id.linked") $A.row(41) $A.sens(s1) $A.sv("identitet kopplad") $A.keep(payload);
    personDeceased @23 :S.PersonDeceased $A.eventType("person.deceased") $A.row(41) $A.sens(s1) $A.sv("avliden") $A.keep(payload);
    expectationOverdue @24 :S.ExpectationOverdue $A.eventType("expectation.overdue") $A.row(42) $A.sens(s2) $A.sv("uteblivet programsteg") $A.keep(payload);
    reportSigned @25 :S.ReportSigned $A.eventType("report.signed") $A.row(43) $A.sens(s4) $A.sv("orosanmälan undertecknad") $A.keep(payload) $A.legalClass("A");
    consentChanged @26 :S.ConsentChanged $A.eventType("consent.changed") $A.row(44) $A.sens(s3) $A.sv("samtycke ändrat") $A.keep(payload) $A.legalClass("B");
    promptDecided @27 :S.PromptDecided $A.eventType("prompt.decided") $A.row(45) $A.sens(s2) $A.sv("bedömning av prompt") $A.keep(payload) $A.legalClass("E");
    signalReceipt @28 :S.SignalReceipt $A.eventType("signal.receipt") $A.row(46) $A.sens(s3) $A.sv("kvittens") $A.keep(payload);
    signalWithdrawn @29 :S.SignalWithdrawn $A.eventType("signal.withdrawn") $A.row(47) $A.sens(s1) $A.sv("återkallad signal") $A.keep(payload);
    dentalRecallSent @30 :D.DentalRecallSent $A.eventType("dental.recall.sent") $A.row(19) $A.sens(s1) $A.sv("kallelse") $A.keep(payload);
    dentalVisitCompleted @31 :D.DentalVisitCompleted $A.eventType("dental.visit.completed") $A.row(20) $A.sens(s2) $A.sv("genomfört besök") $A.keep(payload);
    dentalVisitMissed @32 :D.DentalVisitMissed $A.eventType("dental.visit.missed") $A.row(21) $A.sens(s2) $A.sv("uteblivande (ub)") $A.keep(payload);
    dentalVisitLateCancelled @33 :D.DentalVisitLateCancelled $A.eventType("dental.visit.lateCancelled") $A.row(22) $A.sens(s1) $A.sv("sent återbud (åb)") $A.keep(payload);
    dentalContactAttempted @34 :D.DentalContactAttempted $A.eventType("dental.contact.attempted") $A.row(23) $A.sens(s2) $A.sv("kontaktförsök") $A.keep(payload);
    dentalContactFailed @35 :D.DentalContactFailed $A.eventType("dental.contact.failed") $A.row(23) $A.sens(s2) $A.sv("ej nådd") $A.keep(payload);
    dentalCariesRecorded @36 :D.DentalCariesRecorded $A.eventType("dental.caries.recorded") $A.row(24) $A.sens(s2) $A.sv("karies") $A.keep(payload);
    dentalTreatmentOverdue @37 :D.DentalTreatmentOverdue $A.eventType("dental.treatment.overdue") $A.row(25) $A.sens(s2) $A.sv("ej fullföljd behandling / obehandlad karies") $A.keep(payload);
    dentalPainAcute @38 :D.DentalPainAcute $A.eventType("dental.pain.acute") $A.row(26) $A.sens(s2) $A.sv("tandvärk / infektion") $A.keep(payload);
    dentalInjuryObserved @39 :D.DentalInjuryObserved $A.eventType("dental.injury.observed") $A.row(27) $A.sens(s4) $A.sv("tand-/munskada") $A.keep(payload);
    dentalGuardianNotCooperating @40 :D.DentalGuardianNotCooperating $A.eventType("dental.guardian.notCooperating") $A.row(28) $A.sens(s3) $A.sv("vårdnadshavare medverkar inte") $A.keep(payload);
    dentalChildUnlisted @41 :D.DentalChildUnlisted $A.eventType("dental.child.unlisted") $A.row(29) $A.sens(s1) $A.sv("olistat barn") $A.keep(payload);
    socialReportReceived @42 :O.SocialReportReceived $A.eventType("social.report.received") $A.row(30) $A.sens(s3) $A.sv("orosanmälan inkommen") $A.keep(payload);
    socialProtectionAssessed @43 :O.SocialProtectionAssessed $A.eventType("social.protection.assessed") $A.row(31) $A.sens(s3) $A.sv("skyddsbedömning gjord") $A.keep(payload);
    socialInquiryDecided @44 :O.SocialInquiryDecided $A.eventType("social.inquiry.decided") $A.row(32) $A.sens(s3) $A.sv("utredning inleds / inleds ej / pågår") $A.keep(payload);
    socialInquiryClosed @45 :O.SocialInquiryClosed $A.eventType("social.inquiry.closed") $A.row(33) $A.sens(s3) $A.sv("utredning avslutad") $A.keep(payload);
    socialPlacementChanged @46 :O.SocialPlacementChanged $A.eventType("social.placement.changed") $A.row(34) $A.sens(s4) $A.sv("placering inledd / ändrad / upphörd") $A.keep(payload) $A.legalClass("D");
    socialExamRequested @47 :O.SocialExamRequested $A.eventType("social.exam.requested") $A.row(35) $A.sens(s4) $A.sv("begäran hälso-/tandundersökning") $A.keep(payload) $A.legalClass("D");
    healthExamReported @48 :O.HealthExamReported $A.eventType("health.exam.reported") $A.row(36) $A.sens(s4) $A.sv("hälsoundersökning genomförd / ej") $A.keep(payload) $A.legalClass("D");
    dentalExamReported @49 :D.DentalExamReported $A.eventType("dental.exam.reported") $A.row(36) $A.sens(s4) $A.sv("tandundersökning genomförd / ej") $A.keep(payload) $A.legalClass("D");
    socialAidDentalDecided @50 :O.SocialAidDentalDecided $A.eventType("social.aid.dental.decided") $A.row(37) $A.sens(s3) $A.sv("bistånd till tandvård") $A.keep(payload) $A.legalClass("B");
    coordSipChanged @51 :O.CoordSipChanged $A.eventType("coord.sip.changed") $A.row(38) $A.sens(s3) $A.sv("SIP kallad / upprättad / följs upp / avslutad") $A.keep(payload) $A.legalClass("B");
    coordTsiChanged @52 :O.CoordTsiChanged $A.eventType("coord.tsi.changed") $A.row(39) $A.sens(s3) $A.sv("TSI-möte") $A.keep(payload) $A.legalClass("B");
    coordContactAssigned @53 :O.CoordContactAssigned $A.eventType("coord.contact.assigned") $A.row(40) $A.sens(s1) $A.sv("fast vårdkontakt / handläggare") $A.keep(payload);
    reportAttachment @54 :S.AttachmentPart $A.eventType("report.attachment") $A.row(43) $A.sens(s4) $A.sv("del av bilaga till orosanmälan") $A.keep(payload) $A.legalClass("A");
    signalReceiverNamed @55 :S.ReceiverNamed $A.eventType("signal.receiver.named") $A.row(47) $A.sens(s3) $A.sv("mottagare utpekad") $A.keep(payload);
  }
}
