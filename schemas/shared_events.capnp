# Events that any source may tell: rows 41-47 of the catalogue. Persons, reports, consent, and what
# closes the loop: a human's decision on a prompt, receipts, withdrawals.
@0xc241c5e904661698;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";

struct ProtectionChanged $A.sv("ändrat skydd") {
  old @0 :C.Protection $A.sens(s4) $A.sv("tidigare skydd") $A.keep(payload);
  new @1 :C.Protection $A.sens(s4) $A.sv("nytt skydd") $A.keep(payload) $A.required;
}

struct PersonMoved $A.sv("flytt") {
  oldMunicipality @0 :Text $A.sens(s1) $A.sv("tidigare kommun") $A.keep(payload) $A.place;
  newMunicipality @1 :Text $A.sens(s1) $A.sv("ny kommun") $A.keep(payload) $A.required $A.place $A.routes;
  fromDate @2 :Text $A.sens(s1) $A.sv("från datum") $A.keep(payload);
}

struct PersonIdLinked $A.sv("identitet kopplad") {
  # The subject's ids are those that stay valid; these are the ones that now point to it.
  oldIds @0 :List(C.Identifier) $A.sens(s1) $A.sv("tidigare identiteter") $A.keep(payload) $A.required;
}

struct PersonDeceased $A.sv("avliden") {
  date @0 :Text $A.sens(s1) $A.sv("datum") $A.keep(payload);
}

struct ReportSigned $A.sv("orosanmälan undertecknad") {
  # A decision by a named professional. The hub carries it and never makes one. One child per report.
  signerName @0 :Text $A.sens(s3) $A.sv("anmälarens namn") $A.keep(payload) $A.required;
  signerRole @1 :Text $A.sens(s1) $A.sv("anmälarens roll") $A.keep(payload) $A.required;
  signerFunction @2 :Text $A.sens(s1) $A.sv("anmälarens funktion (adress i katalogen)") $A.keep(payload) $A.required;
  signerPhone @3 :Text $A.sens(s3) $A.sv("anmälarens telefon") $A.keep(payload);
  signedAt @4 :Int64 $A.sens(s1) $A.sv("undertecknad") $A.keep(payload) $A.required;
  acute @5 :Bool $A.sens(s3) $A.sv("akut") $A.keep(payload);
  childName @6 :Text $A.sens(s3) $A.sv("barnets namn") $A.keep(payload);
  childAddress @7 :Text $A.sens(s4) $A.sv("barnets adress") $A.keep(payload) $A.place;
  childLanguage @8 :Text $A.sens(s1) $A.sv("språk, tolkbehov") $A.keep(payload);
  childInformed @9 :C.Informed $A.sens(s3) $A.sv("barnet informerat") $A.keep(payload);
  guardians @10 :List(C.Party) $A.sens(s3) $A.sv("vårdnadshavare") $A.keep(payload);
  siblings @11 :List(C.Party) $A.sens(s3) $A.sv("syskon") $A.keep(payload);
  concern @12 :Text $A.sens(s4) $A.sv("vad oron gäller") $A.keep(payload) $A.required $A.freeText;
  observed @13 :Text $A.sens(s4) $A.sv("vad som setts, hörts eller berättats, av vem") $A.keep(payload) $A.freeText;
  since @14 :Text $A.sens(s4) $A.sv("sedan när") $A.keep(payload) $A.freeText;
  effectOnChild @15 :Text $A.sens(s4) $A.sv("hur barnet påverkas") $A.keep(payload) $A.freeText;
  injuries @16 :Text $A.sens(s4) $A.sv("skador") $A.keep(payload) $A.freeText;
  earlierConcern @17 :C.YesNo $A.sens(s3) $A.sv("tidigare oro") $A.keep(payload);
  relationToChild @18 :Text $A.sens(s1) $A.sv("anmälarens relation till barnet") $A.keep(payload);
  meetingWanted @19 :C.YesNo $A.sens(s1) $A.sv("möte med anmälaren önskas") $A.keep(payload);
  receivingBoard @20 :Text $A.sens(s1) $A.sv("mottagande nämnd, om anmälaren namngett den") $A.keep(payload);
  attachments @21 :List(C.Attachment) $A.sens(s3) $A.sv("bilagor") $A.keep(payload);
}

struct AttachmentPart $A.sv("del av bilaga") {
  # A piece of a file that a signed report lists. The report goes first and never waits for its files;
  # each piece is an event of its own, so that it is kept, recognized, proved and erased as any other.
  # Limits: broker/wire/limits.h. Every piece but the last is as long as the first.
  reportMessageId @0 :Text $A.sens(s1) $A.sv("anmälans meddelande-id") $A.keep(payload) $A.required;
  # sourceMessageId of the report, told by the same source system.
  attachment @1 :UInt16 $A.sens(s0) $A.sv("bilagans plats i anmälan");  # in ReportSigned.attachments, from 0
  digest @2 :Data $A.sens(s0) $A.sv("hela bilagans kontrollsumma") $A.required;  # SHA-256, as the report says
  size @3 :UInt64 $A.sens(s0) $A.sv("hela bilagans storlek i byte");
  index @4 :UInt16 $A.sens(s0) $A.sv("delens nummer");  # from 0
  count @5 :UInt16 $A.sens(s0) $A.sv("antal delar");
  bytes @6 :Data $A.sens(s4) $A.sv("innehåll") $A.keep(payload) $A.required;
}

struct ConsentChanged $A.sv("samtycke ändrat") {
  consentId @0 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload) $A.required;
  givers @1 :List(C.Party) $A.sens(s3) $A.sv("vem som samtycker") $A.keep(payload);
  scope @2 :List(Text) $A.sens(s3) $A.sv("omfattning: signalkoder") $A.keep(payload) $A.required;
  # Signal codes such as "SIG-B1"; "SIG-B1:areas" allows the areas as well.
  state @3 :State $A.sens(s3) $A.sv("läge") $A.keep(payload) $A.required;
  expires @4 :Text $A.sens(s1) $A.sv("gäller till och med") $A.keep(payload);
  allGuardians @5 :C.YesNo $A.sens(s3) $A.sv("alla vårdnadshavare samtycker") $A.keep(payload);
  # yes: this telling speaks for all who must consent. no: for its givers alone; others come in tellings of
  # their own, under the same consentId.
  mustGive @6 :UInt8 $A.sens(s3) $A.sv("hur många som måste samtycka") $A.keep(payload);  # 0: not stated
  single @7 :SingleGiver $A.sens(s3) $A.sv("skäl till att en vårdnadshavare räcker") $A.keep(payload);
  enum State { unknown @0; given @1; withdrawn @2; expired @3; }
  enum SingleGiver {
    # Why one guardian's consent is enough. Stated by the giver's own telling, never assumed.
    unset @0;
    soleCustody @1;
    otherPrevented @2;   # the other guardian is prevented and it can not wait
    boardDecision @3;    # decided by the social welfare board or a court
    ownData @4;          # an adult, about data of their own
  }
}

struct ExpectationOverdue $A.sv("uteblivet programsteg") {
  # Derived by the hub; never accepted from a source.
  visitCode @0 :Text $A.sens(s2) $A.sv("besökskod") $A.keep(payload) $A.required;
  dueAt @1 :Int64 $A.sens(s2) $A.sv("skulle ske") $A.keep(payload);
  overdueAt @2 :Int64 $A.sens(s2) $A.sv("försenat från") $A.keep(payload);
  lastSeenAt @3 :Int64 = -1 $A.sens(s2) $A.sv("senast sedd") $A.keep(payload);
  programId @4 :Text $A.sens(s2) $A.sv("program") $A.keep(payload);
}

struct PromptDecided $A.sv("bedömning av prompt") {
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id") $A.required;
  decision @1 :Decision $A.sens(s2) $A.sv("beslut") $A.keep(payload) $A.required;
  reasonCode @2 :Text $A.sens(s2) $A.sv("skäl, kod") $A.keep(payload);
  enum Decision { unknown @0; report @1; healthContact @2; support @3; dismissed @4; }
}

enum LadderState $A.sv("steg på kvittensstegen") {
  unknown @0;
  stored @1;      # fsynced in the hub
  delivered @2;   # the receiver's system has it durably
  opened @3;      # a person has opened it
  registered @4;  # it has a case number
  assessed @5;    # protection assessment (skyddsbedömning) made
  answered @6;    # a coded answer: of a report the lawful three values, of cooperation those below
  forwarded @7;
  redirected @8;
  withheld @9;
}

enum Answer $A.sv("återkoppling") {
  unset @0;
  openedInquiry @1;   # utredning inleds
  notOpened @2;       # utredning inleds inte
  alreadyOngoing @3;  # utredning pågår redan
  # Which of these answers which kind of signal: broker/contract/answers.cc, nowhere else.
  offered @4;
  declined @5;        # by the family or by the unit: it does not say by whom
  notReached @6;
  confirmed @7;
  accepted @8;
  reached @9;
  otherClinic @10;
  moved @11;
}

struct SignalReceipt $A.sv("kvittens") {
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id") $A.required;
  state @1 :LadderState $A.sens(s1) $A.sv("steg") $A.keep(payload) $A.required;
  at @2 :Int64 $A.sens(s1) $A.sv("tidpunkt") $A.keep(payload) $A.required;
  reference @3 :Text $A.sens(s3) $A.sv("ärendenummer") $A.keep(payload);
  answer @4 :Answer $A.sens(s3) $A.sv("återkoppling") $A.keep(payload);
  function @5 :Text $A.sens(s1) $A.sv("kvitterande funktion") $A.keep(payload);
  forwardedTo @6 :Text $A.sens(s1) $A.sv("vidaresänd till funktion") $A.keep(payload);
  # With state forwarded: the function that is to have the report in its place.
}

struct ReceiverNamed $A.sv("mottagare utpekad") {
  # The sender's own function says where a signal that is held is to go. Nobody else may: not the hub's
  # operator, not another function.
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id") $A.required;
  receiverFunction @1 :Text $A.sens(s1) $A.sv("mottagande funktion") $A.keep(payload) $A.required;
  function @2 :Text $A.sens(s1) $A.sv("utpekande funktion") $A.keep(payload) $A.required;
  namedBy @3 :Text $A.sens(s3) $A.sv("vem som pekade ut") $A.keep(payload) $A.required;
  at @4 :Int64 $A.sens(s1) $A.sv("tidpunkt") $A.keep(payload) $A.required;
}

struct SignalWithdrawn $A.sv("återkallad signal") {
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id") $A.required;
  reason @1 :Text $A.sens(s1) $A.sv("skäl, kod") $A.keep(payload) $A.required;
  replacedBy @2 :Data $A.sens(s0) $A.sv("ersatt av");
}
