# What a child health centre (BVC, barnavårdscentral) tells: rows 1-18 of the event catalogue.
# Times are milliseconds UTC; dates are YYYY-MM-DD; a number of -1 means "not stated".
@0xcaf155447e166979;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";
using O = import "social.capnp";

struct ChildRegistered $A.sv("inskriven på BVC") {
  unitHsaId @0 :Text $A.sens(s1) $A.sv("enhetens HSA-id") $A.keep(payload) $A.required $A.place $A.routes;
  fromDate @1 :Text $A.sens(s1) $A.sv("från datum") $A.keep(payload) $A.required;
  firstChild @2 :C.YesNo $A.sens(s1) $A.sv("förstabarn") $A.keep(payload);
  bornAbroad @3 :C.YesNo $A.sens(s1) $A.sv("född utomlands") $A.keep(payload);
}

struct ChildTransferred $A.sv("byte av BVC eller utskriven") {
  fromUnit @0 :Text $A.sens(s1) $A.sv("från enhet") $A.keep(payload) $A.required $A.place $A.routes;
  toUnit @1 :Text $A.sens(s1) $A.sv("till enhet") $A.keep(payload) $A.place;
  reason @2 :Reason $A.sens(s1) $A.sv("skäl") $A.keep(payload) $A.required;
  enum Reason { unknown @0; moved @1; otherBvc @2; abroad @3; deceased @4; schoolStart @5; }
}

struct VisitBooked $A.sv("bokat besök") {
  appointmentId @0 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload) $A.required;
  visitCode @1 :Text $A.sens(s1) $A.sv("besökskod") $A.keep(payload) $A.required;
  start @2 :Int64 $A.sens(s1) $A.sv("starttid") $A.keep(payload) $A.required;
  mode @3 :VisitMode $A.sens(s1) $A.sv("besöksform") $A.keep(payload);
  homeVisit @4 :HomeVisitKind $A.sens(s2) $A.sv("slag av hembesök") $A.keep(payload);
  level @5 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);  # of a joint home visit
  orderId @6 :Text $A.sens(s4) $A.sv("beställningens nummer") $A.keep(payload);  # of a board's order for an examination
}

enum VisitMode { unknown @0; clinic @1; home @2; digital @3; }

struct VisitCompleted $A.sv("genomfört hälsobesök") {
  appointmentId @0 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload);
  visitCode @1 :Text $A.sens(s2) $A.sv("besökskod") $A.keep(payload) $A.required;
  start @2 :Int64 $A.sens(s2) $A.sv("starttid") $A.keep(payload) $A.required;
  staff @3 :Staff $A.sens(s1) $A.sv("personal") $A.keep(payload);
  guardiansPresent @4 :Int8 = -1 $A.sens(s2) $A.sv("antal vårdnadshavare med") $A.keep(payload);
  mode @5 :VisitMode $A.sens(s1) $A.sv("besöksform") $A.keep(payload);
  enum Staff { unknown @0; nurse @1; doctor @2; team @3; }
}

struct VisitMissed $A.sv("uteblivet besök") {
  appointmentId @0 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload) $A.required;
  visitCode @1 :Text $A.sens(s2) $A.sv("besökskod") $A.keep(payload) $A.required;
  start @2 :Int64 $A.sens(s2) $A.sv("starttid") $A.keep(payload) $A.required;
  attemptNo @3 :Int16 = -1 $A.sens(s2) $A.sv("uteblivande nummer") $A.keep(payload);
  contactMade @4 :C.YesNo $A.sens(s2) $A.sv("familjen nådd efteråt") $A.keep(payload);
  mode @5 :VisitMode $A.sens(s1) $A.sv("besöksform") $A.keep(payload);
}

struct VisitCancelled $A.sv("avbokat eller ombokat") {
  appointmentId @0 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload) $A.required;
  by @1 :By $A.sens(s1) $A.sv("avbokat av") $A.keep(payload);
  noticeHours @2 :Int32 = -1 $A.sens(s1) $A.sv("varsel i timmar") $A.keep(payload);
  rebooked @3 :C.YesNo $A.sens(s1) $A.sv("ombokat") $A.keep(payload);
  visitCode @4 :Text $A.sens(s1) $A.sv("besökskod") $A.keep(payload);
  start @5 :Int64 = -1 $A.sens(s1) $A.sv("starttid") $A.keep(payload);
  enum By { unknown @0; family @1; clinic @2; }
}

struct HomeVisitCompleted $A.sv("hembesök") {
  kind @0 :HomeVisitKind $A.sens(s2) $A.sv("slag av hembesök") $A.keep(payload) $A.required;
  date @1 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  roles @2 :List(Text) $A.sens(s2) $A.sv("deltagande roller") $A.keep(payload);
  programId @3 :Text $A.sens(s2) $A.sv("program") $A.keep(payload);
  step @4 :Int8 = -1 $A.sens(s2) $A.sv("steg") $A.keep(payload);
  of @5 :Int8 = -1 $A.sens(s2) $A.sv("av antal steg") $A.keep(payload);
}

enum HomeVisitKind { unknown @0; newborn @1; m8 @2; extra @3; joint @4; }

struct HomeVisitDeclined $A.sv("avböjt hembesök") {
  kind @0 :HomeVisitKind $A.sens(s2) $A.sv("slag av hembesök") $A.keep(payload) $A.required;
  reason @1 :Reason $A.sens(s2) $A.sv("skäl") $A.keep(payload);
  alternativeOffered @2 :C.YesNo $A.sens(s2) $A.sv("annat erbjudet") $A.keep(payload);
  enum Reason { unknown @0; noNeed @1; noTime @2; other @3; }
}

struct CareDeclined $A.sv("avböjer barnhälsovård") {
  scope @0 :Scope $A.sens(s2) $A.sv("omfattning") $A.keep(payload) $A.required;
  date @1 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  enum Scope { unknown @0; all @1; vaccination @2; visits @3; }
}

struct ProgramChanged $A.sv("utökat hembesöksprogram") {
  programId @0 :Text $A.sens(s2) $A.sv("program") $A.keep(payload) $A.required;
  change @1 :Change $A.sens(s2) $A.sv("händelse") $A.keep(payload) $A.required;
  stepNo @2 :Int8 = -1 $A.sens(s2) $A.sv("steg") $A.keep(payload);
  stepsTotal @3 :Int8 = -1 $A.sens(s2) $A.sv("antal steg") $A.keep(payload);
  bothPartiesPresent @4 :C.YesNo $A.sens(s2) $A.sv("båda parter med") $A.keep(payload);
  endReason @5 :Text $A.sens(s2) $A.sv("skäl till avslut, kod") $A.keep(payload);
  enum Change { unknown @0; enrolled @1; step @2; ended @3; }
}

struct EpdsPerformed $A.sv("EPDS genomförd") {
  # The data subject is the parent. Never the score.
  date @0 :Text $A.sens(s3) $A.sv("datum") $A.keep(payload) $A.required;
  parentRole @1 :ParentRole $A.sens(s3) $A.sv("förälder") $A.keep(payload);
  followUp @2 :FollowUp $A.sens(s3) $A.sv("uppföljning") $A.keep(payload);
  enum ParentRole { unknown @0; birth @1; other @2; }
  enum FollowUp { unknown @0; none @1; support @2; referral @3; }
}

struct BarnSakertAnswered $A.sv("BarnSäkert besvarat") {
  visitCode @0 :Text $A.sens(s3) $A.sv("besökskod") $A.keep(payload) $A.required;
  result @1 :Answer $A.sens(s3) $A.sv("besvarat") $A.keep(payload) $A.required;
  parentsAnswered @2 :Int8 = -1 $A.sens(s3) $A.sv("antal föräldrar") $A.keep(payload);
  enum Answer { unknown @0; answered @1; declined @2; notOffered @3; }
}

struct BarnSakertOutcome $A.sv("utfall av BarnSäkert") {
  # What was agreed in the talk; never the answers. A positive screen never leaves BVC by itself.
  outcomes @0 :List(Outcome) $A.sens(s3) $A.sv("överenskommet utfall") $A.keep(payload) $A.required;
  areas @1 :List(Area) $A.sens(s4) $A.sv("områden som familjen vill ta upp") $A.keep(payload);
  consentRef @2 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  consentGiven @3 :C.YesNo $A.sens(s3) $A.sv("samtycke lämnat") $A.keep(payload);
  contactWay @4 :Text $A.sens(s3) $A.sv("önskat kontaktsätt, kod") $A.keep(payload);
  language @5 :Text $A.sens(s1) $A.sv("språk, tolkbehov") $A.keep(payload);
  visitCode @6 :Text $A.sens(s3) $A.sv("besökskod") $A.keep(payload);
  level @7 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
  enum Outcome {
    unknown @0; none @1; declined @2; talkBvc @3; talkBvcWithSocial @4; homeVisit @5;
    homeVisitWithSocial @6; referralOther @7; writtenInfo @8; reportMade @9;
  }
  enum Area { unknown @0; economy @1; depression @2; stress @3; alcohol @4; ipv @5; }
}

struct ScreeningDeviation $A.sv("avvikelse i screening") {
  domain @0 :Domain $A.sens(s2) $A.sv("område") $A.keep(payload) $A.required;
  visitCode @1 :Text $A.sens(s2) $A.sv("besökskod") $A.keep(payload);
  referralSent @2 :C.YesNo $A.sens(s2) $A.sv("remiss skickad") $A.keep(payload);
  enum Domain { unknown @0; language @1; vision @2; hearing @3; development @4; }
}

struct GrowthDeviation $A.sv("tillväxtavvikelse") {
  kind @0 :Kind $A.sens(s2) $A.sv("slag") $A.keep(payload) $A.required;
  date @1 :Text $A.sens(s2) $A.sv("datum") $A.keep(payload) $A.required;
  enum Kind { unknown @0; weightFaltering @1; overweight @2; head @3; }
}

struct VaccinationDelayed $A.sv("försenad eller avböjd vaccination") {
  doseCode @0 :Text $A.sens(s2) $A.sv("dos, kod") $A.keep(payload) $A.required;
  dueDate @1 :Text $A.sens(s2) $A.sv("skulle ges") $A.keep(payload);
  reason @2 :Reason $A.sens(s2) $A.sv("skäl") $A.keep(payload);
  enum Reason { unknown @0; missed @1; declined @2; medical @3; }
}

struct InjuryObserved $A.sv("skada eller olycksfall") {
  siteCode @0 :Text $A.sens(s2) $A.sv("lokalisation, kod") $A.keep(payload) $A.required;
  mechanismStated @1 :C.YesNo $A.sens(s2) $A.sv("uppkomst angiven") $A.keep(payload);
  concernGrade @2 :ConcernGrade $A.sens(s4) $A.sv("grad av oro") $A.keep(payload) $A.required;
  enum ConcernGrade { unknown @0; none @1; unclear @2; suspected @3; }
}

struct GuardianDentalOffered $A.sv("hänvisad till tandvård") {
  # Subject is the guardian, an adult.
  accepted @0 :C.YesNo $A.sens(s2) $A.sv("tackat ja") $A.keep(payload) $A.required;
  clinicHsaId @1 :Text $A.sens(s1) $A.sv("klinikens HSA-id") $A.keep(payload) $A.place $A.routes;
  declineReason @2 :Reason $A.sens(s3) $A.sv("skäl till nej") $A.keep(payload);
  consentRef @3 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  contactWay @4 :Text $A.sens(s3) $A.sv("önskat kontaktsätt, kod") $A.keep(payload);
  costHelp @5 :C.YesNo $A.sens(s3) $A.sv("vill ha hjälp med kostnaden") $A.keep(payload);
  level @6 :O.CoordTsiChanged.Level $A.sens(s3) $A.sv("nivå") $A.keep(payload);
  enum Reason { unknown @0; childcare @1; cost @2; other @3; }
}
