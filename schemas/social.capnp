# What social services tell, and coordination between the parties: rows 30-35 and 37-40 of the event
# catalogue, and the health half of row 36. Times are milliseconds UTC; dates are YYYY-MM-DD. No row
# carries an address, the reason for a decision, or who has reported. signalId is set where the report
# came through a hub; rows 30-32 of one report share intakeRef.
@0x983af9d238de86bb;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";

struct SocialReportReceived $A.sv("orosanmälan inkommen") {
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id");
  receivedAt @1 :Int64 $A.sens(s3) $A.sv("inkommen") $A.keep(payload) $A.required;
  intakeRef @2 :Text $A.sens(s3) $A.sv("aktualiseringens nummer") $A.keep(payload) $A.required;
}

struct SocialProtectionAssessed $A.sv("skyddsbedömning gjord") {
  # That it was made; never its outcome.
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id");
  assessedAt @1 :Int64 $A.sens(s3) $A.sv("bedömd") $A.keep(payload) $A.required;
  intakeRef @2 :Text $A.sens(s3) $A.sv("aktualiseringens nummer") $A.keep(payload);
}

struct SocialInquiryDecided $A.sv("utredning inleds, inleds inte eller pågår") {
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id");
  result @1 :Result $A.sens(s3) $A.sv("beslut") $A.keep(payload) $A.required;
  decidedAt @2 :Int64 $A.sens(s3) $A.sv("beslutad") $A.keep(payload) $A.required;
  intakeRef @3 :Text $A.sens(s3) $A.sv("aktualiseringens nummer") $A.keep(payload);
  caseToken @4 :Text $A.sens(s3) $A.sv("ärendets nummer") $A.keep(payload);
  finishBy @5 :Text $A.sens(s3) $A.sv("ska vara klar senast, efter beslut om förlängning") $A.keep(payload);
  enum Result { unknown @0; opened @1; notOpened @2; alreadyOngoing @3; }
}

struct SocialInquiryClosed $A.sv("utredning avslutad") {
  # For the board's own use.
  caseToken @0 :Text $A.sens(s3) $A.sv("ärendets nummer") $A.keep(payload) $A.required;
  closedAt @1 :Int64 $A.sens(s3) $A.sv("avslutad") $A.keep(payload) $A.required;
}

struct SocialPlacementChanged $A.sv("placering inledd, ändrad eller upphörd") {
  # Never where, nor with whom.
  kind @0 :Kind $A.sens(s4) $A.sv("händelse") $A.keep(payload) $A.required;
  date @1 :Text $A.sens(s4) $A.sv("datum") $A.keep(payload) $A.required;
  legal @2 :Legal $A.sens(s4) $A.sv("lagrum") $A.keep(payload);
  enum Kind { unknown @0; started @1; moved @2; ended @3; }
  enum Legal { unknown @0; sol @1; lvu @2; protectedHousing @3; }
}

struct SocialExamRequested $A.sv("begäran om hälso- eller tandundersökning") {
  # Never the reason for a placement.
  orderId @0 :Text $A.sens(s4) $A.sv("beställningens nummer") $A.keep(payload) $A.required;
  examKind @1 :ExamKind $A.sens(s4) $A.sv("slag av undersökning") $A.keep(payload) $A.required;
  dueDate @2 :Text $A.sens(s4) $A.sv("senast") $A.keep(payload) $A.required;
  contactFunction @3 :Text $A.sens(s4) $A.sv("kontaktfunktion (adress i katalogen)") $A.keep(payload) $A.required $A.place $A.routes;
  enum ExamKind { unknown @0; health @1; oral @2; lvu32 @3; }
}

struct HealthExamReported $A.sv("hälsoundersökning genomförd eller ej") {
  # The answer to a social board's order (social.exam.requested).
  orderId @0 :Text $A.sens(s4) $A.sv("beställningens nummer") $A.keep(payload) $A.required;
  result @1 :C.ExamResult $A.sens(s2) $A.sv("utfall") $A.keep(payload) $A.required;
  date @2 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  reportRef @3 :Text $A.sens(s3) $A.sv("utlåtande, referens") $A.keep(payload);
  notDone @4 :C.ExamNotDone $A.sens(s3) $A.sv("skäl till att den inte gjorts") $A.keep(payload);
  needsCare @5 :C.CareNeed $A.sens(s3) $A.sv("vårdbehov") $A.keep(payload);
  # Goes back to the board only where the two have agreed that it does (agreements.toml, needs_care).
}

struct SocialAidDentalDecided $A.sv("bistånd till tandvård") {
  # Subject is the guardian, an adult.
  orderRef @0 :Text $A.sens(s3) $A.sv("ansökans nummer") $A.keep(payload) $A.required;
  decision @1 :Decision $A.sens(s3) $A.sv("beslut") $A.keep(payload) $A.required;
  scope @2 :Scope $A.sens(s3) $A.sv("omfattning") $A.keep(payload);
  enum Decision { unknown @0; granted @1; refused @2; }
  enum Scope { unknown @0; exam @1; care @2; }
}

enum CoordinationState { unknown @0; called @1; established @2; followedUp @3; ended @4; }

struct CoordSipChanged $A.sv("samordnad individuell plan (SIP)") {
  planId @0 :Text $A.sens(s3) $A.sv("planens nummer") $A.keep(payload) $A.required;
  state @1 :CoordinationState $A.sens(s3) $A.sv("läge") $A.keep(payload) $A.required;
  meetingDate @2 :Text $A.sens(s3) $A.sv("mötesdatum") $A.keep(payload);
  parties @3 :List(Text) $A.sens(s3) $A.sv("deltagande funktioner (adresser i katalogen)") $A.keep(payload) $A.place $A.routes;
  consentRef @4 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  level @5 :CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
}

struct CoordTsiChanged $A.sv("tidiga samordnade insatser (TSI)") {
  planId @0 :Text $A.sens(s3) $A.sv("planens nummer") $A.keep(payload) $A.required;
  state @1 :CoordinationState $A.sens(s3) $A.sv("läge") $A.keep(payload) $A.required;
  meetingDate @2 :Text $A.sens(s3) $A.sv("mötesdatum") $A.keep(payload);
  parties @3 :List(Text) $A.sens(s3) $A.sv("deltagande funktioner (adresser i katalogen)") $A.keep(payload) $A.place $A.routes;
  consentRef @4 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  level @5 :Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
  enum Level { unknown @0; universal @1; selective @2; indicated @3; }
}

struct CoordContactAssigned $A.sv("fast vårdkontakt eller handläggare") {
  # A function, never a name.
  role @0 :Role $A.sens(s1) $A.sv("roll") $A.keep(payload) $A.required;
  functionAddress @1 :Text $A.sens(s1) $A.sv("funktion (adress i katalogen)") $A.keep(payload) $A.required $A.place;
  fromDate @2 :Text $A.sens(s1) $A.sv("från datum") $A.keep(payload) $A.required;
  enum Role { unknown @0; careContact @1; doctor @2; caseworker @3; other @4; }
}
