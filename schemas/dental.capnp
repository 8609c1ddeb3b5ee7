# What dental care (Folktandvården and private clinics) tells: rows 19-29 of the event catalogue, and
# the dental half of row 36. Times are milliseconds UTC; dates are YYYY-MM-DD; a number of -1 means
# "not stated". The clinic is header.source.unitHsaId. A nightly file often has no number for a recall
# or a booking, so those numbers are not required; the date is.
@0xdc9d076c0c18f22f;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using B = import "bvc.capnp";
using C = import "common.capnp";

enum DentalVisitType { unknown @0; exam @1; treatment @2; acute @3; outreach @4; }

enum ContactChannel { unknown @0; letter @1; sms @2; phone @3; app @4; email @5; other @6; }

struct DentalRecallSent $A.sv("kallelse") {
  recallId @0 :Text $A.sens(s1) $A.sv("kallelsens nummer") $A.keep(payload);
  type @1 :Type $A.sens(s1) $A.sv("slag av kallelse") $A.keep(payload);
  date @2 :Text $A.sens(s1) $A.sv("kallelsens datum") $A.keep(payload) $A.required;
  channel @3 :ContactChannel $A.sens(s1) $A.sv("kanal") $A.keep(payload);
  language @4 :Text $A.sens(s1) $A.sv("språk, tolkbehov") $A.keep(payload);
  # A recall that is only in Swedish goes unread in many homes.
  enum Type { unknown @0; first @1; revision @2; treatment @3; }
  orderId @5 :Text $A.sens(s4) $A.sv("beställningens nummer") $A.keep(payload);
  # Of a board's order for an examination: the catalogue has no booked dental visit, and the recall tells that there is a time.
}

struct DentalVisitCompleted $A.sv("genomfört besök") {
  visitType @0 :DentalVisitType $A.sens(s2) $A.sv("slag av besök") $A.keep(payload) $A.required;
  date @1 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  riskGroup @2 :Int8 = -1 $A.sens(s2) $A.sv("riskgrupp (0-3)") $A.keep(payload);
  appointmentId @3 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload);
}

struct DentalVisitMissed $A.sv("uteblivande") {
  appointmentId @0 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload);
  date @1 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  visitType @2 :DentalVisitType $A.sens(s2) $A.sv("slag av besök") $A.keep(payload);
  attemptNo @3 :Int16 = -1 $A.sens(s2) $A.sv("uteblivande nummer") $A.keep(payload);
  consecutive @4 :Int16 = -1 $A.sens(s2) $A.sv("uteblivanden i rad") $A.keep(payload);
  reason @5 :Reason $A.sens(s2) $A.sv("skäl") $A.keep(payload);
  # Missed is often moved, or another dentist.
  enum Reason { unknown @0; moved @1; otherClinic @2; ill @3; forgot @4; other @5; }
}

struct DentalVisitLateCancelled $A.sv("sent återbud") {
  appointmentId @0 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload);
  date @1 :Text $A.sens(s1) $A.sv("besökets datum") $A.keep(payload) $A.required;
  noticeHours @2 :Int32 = -1 $A.sens(s1) $A.sv("varsel i timmar") $A.keep(payload);
  visitType @3 :DentalVisitType $A.sens(s1) $A.sv("slag av besök") $A.keep(payload);
}

struct DentalContactAttempted $A.sv("kontaktförsök") {
  channel @0 :ContactChannel $A.sens(s2) $A.sv("kanal") $A.keep(payload) $A.required;
  attemptNo @1 :Int16 = -1 $A.sens(s2) $A.sv("försök nummer") $A.keep(payload);
  outcome @2 :ContactOutcome $A.sens(s2) $A.sv("utfall") $A.keep(payload);
  language @3 :Text $A.sens(s1) $A.sv("språk, tolkbehov") $A.keep(payload);
}

enum ContactOutcome { unknown @0; sent @1; reached @2; notReached @3; returned @4; }

struct ContactAttempt $A.sv("kontaktförsök") {
  # One of the tries that DentalContactFailed sums up.
  channel @0 :ContactChannel $A.sens(s2) $A.sv("kanal") $A.keep(payload);
  date @1 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload);
  outcome @2 :ContactOutcome $A.sens(s2) $A.sv("utfall") $A.keep(payload);
}

struct DentalContactFailed $A.sv("ej nådd") {
  # The clinic's own policy is exhausted.
  since @0 :Text $A.sens(s2) $A.sv("ej nådd sedan, datum") $A.keep(payload) $A.required;
  attempts @1 :List(ContactAttempt) $A.sens(s2) $A.sv("kontaktförsök") $A.keep(payload);
  attemptCount @2 :Int16 = -1 $A.sens(s2) $A.sv("antal försök") $A.keep(payload);
  # Where the source counts tries without naming them.
  language @3 :Text $A.sens(s1) $A.sv("språk, tolkbehov") $A.keep(payload);
}

struct DentalCariesRecorded $A.sv("karies") {
  # Never compare values of different indexes, or with and without initial caries.
  index @0 :Index $A.sens(s2) $A.sv("index") $A.keep(payload) $A.required;
  value @1 :Int16 = -1 $A.sens(s2) $A.sv("värde") $A.keep(payload) $A.required;
  includesInitial @2 :C.YesNo $A.sens(s2) $A.sv("initial karies medräknad") $A.keep(payload);
  ageYears @3 :Int8 = -1 $A.sens(s2) $A.sv("ålder i år") $A.keep(payload);
  previousValue @4 :Int16 = -1 $A.sens(s2) $A.sv("föregående värde") $A.keep(payload);
  previousDate @5 :Text $A.sens(s2) $A.sv("föregående värdes datum") $A.keep(payload);
  codes @6 :List(C.CodedValue) $A.sens(s2) $A.sv("koder") $A.keep(payload);
  enum Index {
    # Deciduous dft, dfs, ds and permanent DFT, DFS, DS.
    unknown @0; deciduousDft @1; permanentDft @2; deciduousDfs @3; permanentDfs @4;
    deciduousDs @5; permanentDs @6;
  }
}

struct DentalTreatmentOverdue $A.sv("ej fullföljd behandling eller obehandlad karies") {
  planDate @0 :Text $A.sens(s2) $A.sv("planens datum") $A.keep(payload) $A.required;
  teethCount @1 :Int16 = -1 $A.sens(s2) $A.sv("antal tänder") $A.keep(payload);
  missedVisits @2 :Int16 = -1 $A.sens(s2) $A.sv("antal uteblivna besök") $A.keep(payload);
}

struct DentalPainAcute $A.sv("tandvärk eller infektion") {
  date @0 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  infection @1 :C.YesNo $A.sens(s2) $A.sv("infektion") $A.keep(payload);
  delayDays @2 :Int32 = -1 $A.sens(s2) $A.sv("dygn från besvär till vård") $A.keep(payload);
}

struct DentalInjuryObserved $A.sv("tand- eller munskada") {
  code @0 :C.CodedValue $A.sens(s2) $A.sv("skada, kod") $A.keep(payload) $A.required;
  mechanismStated @1 :C.YesNo $A.sens(s2) $A.sv("uppkomst angiven") $A.keep(payload);
  concernGrade @2 :B.InjuryObserved.ConcernGrade $A.sens(s4) $A.sv("grad av oro") $A.keep(payload) $A.required;
}

struct DentalGuardianNotCooperating $A.sv("vårdnadshavare medverkar inte") {
  # The subject is the child; no guardian is named.
  kind @0 :Kind $A.sens(s3) $A.sv("slag") $A.keep(payload) $A.required;
  date @1 :Text $A.sens(s3) $A.sv("datum") $A.keep(payload) $A.required;
  enum Kind { unknown @0; refusesTreatment @1; refusesContact @2; repeatedLate @3; }
}

struct DentalChildUnlisted $A.sv("olistat barn") {
  sinceDate @0 :Text $A.sens(s1) $A.sv("olistat sedan") $A.keep(payload) $A.required;
  letters @1 :Int16 = -1 $A.sens(s1) $A.sv("antal brev") $A.keep(payload);
}

struct DentalExamReported $A.sv("tandundersökning genomförd eller ej") {
  # The answer to a social board's order (social.exam.requested).
  orderId @0 :Text $A.sens(s4) $A.sv("beställningens nummer") $A.keep(payload) $A.required;
  result @1 :C.ExamResult $A.sens(s2) $A.sv("utfall") $A.keep(payload) $A.required;
  date @2 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  reportRef @3 :Text $A.sens(s3) $A.sv("utlåtande, referens") $A.keep(payload);
  notDone @4 :C.ExamNotDone $A.sens(s3) $A.sv("skäl till att den inte gjorts") $A.keep(payload);
  needsCare @5 :C.CareNeed $A.sens(s3) $A.sv("vårdbehov") $A.keep(payload);
  # Goes back to the board only where the two have agreed that it does (agreements.toml, needs_care).
}
