# Small types that events, signals and storage share.
@0x825b1040bf5b6ae8;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";

enum YesNo {
  unknown @0;
  yes @1;
  no @2;
}

enum Protection $A.sv("skyddade personuppgifter") {
  unknown @0;  # not stated: addresses are masked, nothing else is blocked
  none @1;
  sekretessmarkering @2;
  skyddadFolkbokforing @3;
}

enum Precision {
  day @0;
  minute @1;
  ms @2;
}

enum ZoneNote {
  stated @0;       # the source sent an offset
  assumed @1;      # taken from the source's configured zone
  ambiguous @2;    # falls in the doubled hour in October; the first one was taken
  nonexistent @3;  # falls in the missing hour in March; moved forward one hour
}

enum LegalClass {
  unset @0;
  a @1;  # statutory report (orosanmalan): a named professional's decision
  b @2;  # cooperation with consent
  c @3;  # inside health care, same region
  d @4;  # social board to region and back
  e @5;  # prompt to staff who already hold the facts
}

struct Identifier {
  system @0 :Text $A.sens(s0) $A.sv("identifikatorsystem (URI eller OID)");
  value @1 :Text $A.sens(s1) $A.sv("identitetsbeteckning") $A.keep(payload);
  flag @2 :Text $A.sens(s0) $A.sv("anmärkning, t.ex. fel kontrollsiffra");
  # Empty, or a code such as "check-digit", "century-assumed", "unknown-system". Flagged, never rejected.
  # "unknown-system": the source named no system that is known, or none at all; then `system` is
  # "urn:samsignal:source:" and the source's id, since only there is the number one child's.
}

struct Controller {
  # The authority that owns a fact: in Sweden each board (nämnd) is an authority of its own.
  orgNr @0 :Text $A.sens(s0) $A.sv("organisationsnummer");
  board @1 :Text $A.sens(s0) $A.sv("nämnd");
}

struct Subject {
  ids @0 :List(Identifier) $A.sens(s1) $A.sv("den registrerades identiteter") $A.keep(payload);
  birthDate @1 :Text $A.sens(s1) $A.sv("födelsedatum") $A.keep(payload);  # YYYY-MM-DD
  homeMunicipality @2 :Text $A.sens(s1) $A.sv("folkbokföringskommun") $A.keep(payload) $A.place $A.routes;
  # Four digits as text: the zero of 0980 matters.
  protection @3 :Protection $A.sens(s4) $A.sv("skyddade personuppgifter") $A.keep(payload);
  unborn @4 :Bool $A.sens(s2) $A.sv("ofött barn") $A.keep(payload);
  district @5 :Text $A.sens(s1) $A.sv("stadsdel eller område i kommunen") $A.keep(payload) $A.place $A.routes;
  # A name or code as in the directory's `districts`; never of somebody protected.
}

struct Party {
  # A guardian, sibling or other person named in a report.
  role @0 :Text $A.sens(s1) $A.sv("roll, t.ex. vårdnadshavare") $A.keep(payload);
  name @1 :Text $A.sens(s3) $A.sv("namn") $A.keep(payload);
  ids @2 :List(Identifier) $A.sens(s3) $A.sv("identiteter") $A.keep(payload);
  address @3 :Text $A.sens(s4) $A.sv("adress") $A.keep(payload) $A.place;
  phone @4 :Text $A.sens(s3) $A.sv("telefon") $A.keep(payload) $A.place;
  language @5 :Text $A.sens(s1) $A.sv("språk, tolkbehov") $A.keep(payload);
  informed @6 :Informed $A.sens(s3) $A.sv("informerad om anmälan") $A.keep(payload);
  notInformedReason @7 :Text $A.sens(s4) $A.sv("skäl att inte informera") $A.keep(payload) $A.freeText;
  protection @8 :Protection $A.sens(s4) $A.sv("skyddade personuppgifter") $A.keep(payload);
}

enum Informed {
  unknown @0;
  yes @1;
  no @2;
  mustNot @3;  # violence, abuse or honour: guardians are not told first
}

struct Attachment {
  # Only the description travels in the event; the bytes follow as events of their own
  # (AttachmentPart). digest: SHA-256 of the whole file; empty: the source sends no bytes.
  digest @0 :Data $A.sens(s0) $A.sv("kontrollsumma");
  mediaType @1 :Text $A.sens(s0) $A.sv("filtyp");
  size @2 :UInt64 $A.sens(s0) $A.sv("storlek i byte");
  title @3 :Text $A.sens(s3) $A.sv("rubrik") $A.keep(payload);
}

struct CodedValue {
  # A code as the source has sent it, not looked up anywhere: TLV, ICD-10-SE, SNOMED CT, local.
  system @0 :Text $A.sens(s0) $A.sv("kodverk");
  code @1 :Text $A.sens(s2) $A.sv("kod") $A.keep(payload) $A.required;
  version @2 :Text $A.sens(s0) $A.sv("kodverkets version");
}

enum ExamResult $A.sv("undersökning") {
  unknown @0;
  done @1;
  notDone @2;
  partly @3;
}

enum ExamNotDone $A.sv("skäl till att undersökningen inte gjorts") {
  unknown @0;
  missed @1;
  declined @2;
  other @3;
}

enum CareNeed $A.sv("vårdbehov efter undersökningen") {
  # Never which: that is in the report.
  unknown @0;
  none @1;
  needed @2;
}
