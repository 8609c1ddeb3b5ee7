# What an agency's inbox keeps on its own disk. Every row is sealed under the inbox's key before it
# touches the disk. See adapters/inbox/README.md for the drawing.
@0xea50f3a864f5909b;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using S = import "shared_events.capnp";
using W = import "control.capnp";

struct InboxStep $A.sv("steg som inkorgen har svarat med") {
  state @0 :S.LadderState $A.sens(s1) $A.sv("steg") $A.keep(payload);
  at @1 :Int64 $A.sens(s1) $A.sv("tidpunkt") $A.keep(payload);
  reference @2 :Text $A.sens(s3) $A.sv("ärendenummer") $A.keep(payload);
  answer @3 :S.Answer $A.sens(s3) $A.sv("återkoppling") $A.keep(payload);
  eventId @4 :Data $A.sens(s0) $A.sv("kvittenshändelsens id");
  outbox @5 :UInt64 $A.sens(s0) $A.sv("nummer i utkorgen");
  by @6 :Text $A.sens(s1) $A.sv("vem som svarade") $A.keep(audit);
  # What somebody else said, and this person entered: `at` is then the time of entry.
  way @7 :Way $A.sens(s1) $A.sv("på vilket sätt") $A.keep(audit);
  saidBy @8 :Text $A.sens(s1) $A.sv("vem som sade det") $A.keep(audit);
  saidAt @9 :Int64 $A.sens(s1) $A.sv("när det sades") $A.keep(audit);
  enum Way { unknown @0; direct @1; phone @2; paper @3; system @4; }
  # system: the board's own case system told the hub, and the hub this inbox.
}

struct InboxView $A.sv("öppning") {
  at @0 :Int64 $A.sens(s1) $A.sv("tidpunkt") $A.keep(audit);
  by @1 :Text $A.sens(s1) $A.sv("vem som öppnade") $A.keep(audit);
}

struct InboxAudit $A.sv("åtkomst") {
  # Who did what, in order; never changed or removed by the inbox.
  at @0 :Int64 $A.sens(s1) $A.sv("tidpunkt") $A.keep(audit);
  by @1 :Text $A.sens(s1) $A.sv("vem") $A.keep(audit);
  action @2 :Action $A.sens(s1) $A.sv("vad") $A.keep(audit);
  signalId @3 :Data $A.sens(s0) $A.sv("signalens id");
  door @4 :Door $A.sens(s0) $A.sv("väg in");
  detail @5 :Text $A.sens(s1) $A.sv("närmare") $A.keep(audit);
  enum Action { unknown @0; signedIn @1; signInRefused @2; signedOut @3; looked @4; printed @5; answered @6; decided @7; tookAttachment @8; withdrew @9; ruled @10; named @11; beganAnew @12; disposed @13; erased @14; soughtToErase @15; }
  enum Door { unknown @0; command @1; web @2; }
}

struct InboxRow $A.sv("signal i inkorgen") {
  # One row for each signal id, however often and under whatever positions it is delivered.
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id");
  number @1 :UInt64 $A.sens(s0) $A.sv("ankomstnummer");
  position @2 :W.Position $A.sens(s0) $A.sv("plats den först kom under");
  receivedAt @3 :Int64 $A.sens(s1) $A.sv("mottagen") $A.keep(payload);
  signal @4 :Data $A.sens(s4) $A.sv("signalen som den lämnades ut") $A.keep(payload);
  unreadable @5 :Bool $A.sens(s0) $A.sv("kan inte läsas av den här versionen");
  late @6 :Bool $A.sens(s0) $A.sv("sen");
  replayed @7 :Bool $A.sens(s0) $A.sv("omsänd ur loggen");
  copies @8 :UInt32 $A.sens(s0) $A.sv("antal gånger mottagen");
  withdrawnBy @9 :Data $A.sens(s0) $A.sv("återkallad av signal");
  withdrawnReason @10 :Text $A.sens(s1) $A.sv("återkallad, skäl") $A.keep(payload);
  steps @11 :List(InboxStep) $A.sens(s3) $A.sv("steg") $A.keep(payload);
  views @12 :List(InboxView) $A.sens(s1) $A.sv("öppningar") $A.keep(audit);
  decision @13 :S.PromptDecided.Decision $A.sens(s2) $A.sv("beslut") $A.keep(payload);
  decisionReason @14 :Text $A.sens(s2) $A.sv("skäl, kod") $A.keep(payload);
  decidedAt @15 :Int64 $A.sens(s2) $A.sv("beslutad") $A.keep(payload);
  decidedBy @16 :Text $A.sens(s1) $A.sv("vem som beslutade") $A.keep(audit);
  remindedPercent @17 :UInt8 $A.sens(s0) $A.sv("påmint, procent av tiden");
  remindedClock @18 :Text $A.sens(s0) $A.sv("påmint om tidsfrist, text-id");
  disposedAt @19 :Int64 $A.sens(s0) $A.sv("gallrad");
  # Not 0: nothing of what it said is here. The id stays, so that a signal that is sent again is not shown anew.
  disposedBy @20 :Text $A.sens(s0) $A.sv("gallringsbeslut");
}

struct InboxPart $A.sv("mottagen del av bilaga") {
  # One row for each part, however often it is delivered.
  signalId @0 :Data $A.sens(s0) $A.sv("delens signal-id");
  count @1 :UInt16 $A.sens(s0) $A.sv("antal delar");
  size @2 :UInt64 $A.sens(s0) $A.sv("hela bilagans storlek i byte");
  digest @3 :Data $A.sens(s0) $A.sv("hela bilagans kontrollsumma");
  bytes @4 :Data $A.sens(s4) $A.sv("innehåll") $A.keep(payload);
}

struct InboxFile $A.sv("bilaga i inkorgen") {
  # How far one attachment of one report has come.
  count @0 :UInt16 $A.sens(s0) $A.sv("antal delar");
  received @1 :UInt16 $A.sens(s0) $A.sv("mottagna delar");
  size @2 :UInt64 $A.sens(s0) $A.sv("hela bilagans storlek i byte");
  digest @3 :Data $A.sens(s0) $A.sv("hela bilagans kontrollsumma");
  state @4 :State $A.sens(s0) $A.sv("läge");
  at @5 :Int64 $A.sens(s1) $A.sv("senaste delen mottagen") $A.keep(payload);
  views @6 :List(InboxView) $A.sens(s1) $A.sv("utlämningar") $A.keep(audit);
  handedOver @7 :Bool $A.sens(s0) $A.sv("överlämnad");
  enum State { unknown @0; receiving @1; complete @2; damaged @3; }
}

struct InboxRun {
  first @0 :UInt64 $A.sens(s0) $A.sv("från och med");
  last @1 :UInt64 $A.sens(s0) $A.sv("till och med");
}

struct InboxLane $A.sv("mottaget i en fil") {
  # Which numbers of one (hub, epoch, lane) are on disk here: all up to `floor`, and the runs above.
  floor @0 :UInt64 $A.sens(s0) $A.sv("allt till och med");
  runs @1 :List(InboxRun) $A.sens(s0) $A.sv("därutöver");
}

struct InboxNumber $A.sv("nummer utan signal") {
  # Withheld by the hub with a reason, or a hole that stayed open: an alarm until it is filled.
  position @0 :W.Position $A.sens(s0) $A.sv("plats");
  last @1 :UInt64 $A.sens(s0) $A.sv("till och med");
  withheld @2 :W.WithheldCode $A.sens(s0) $A.sv("undanhållen, skäl");
  at @3 :Int64 $A.sens(s0) $A.sv("upptäckt");
}

struct InboxRefusal $A.sv("svar som navet inte tog") {
  code @0 :W.Refusal $A.sens(s0) $A.sv("skäl");
  field @1 :Text $A.sens(s0) $A.sv("fält");
  at @2 :Int64 $A.sens(s0) $A.sv("tidpunkt");
}

struct InboxIntake $A.sv("intag i verksamhetssystemet") {
  # How far a signal is on its way into the social system; one for each signal that is written there.
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id");
  state @1 :State $A.sens(s1) $A.sv("läge") $A.keep(payload);
  why @2 :Why $A.sens(s1) $A.sv("väntar på en människa, skäl") $A.keep(payload);
  status @3 :UInt16 $A.sens(s0) $A.sv("svarskod");
  theirId @4 :Text $A.sens(s3) $A.sv("aktualiseringens nummer") $A.keep(payload);
  firstPostedAt @5 :Int64 $A.sens(s1) $A.sv("först sänd") $A.keep(payload);
  triedAt @6 :Int64 $A.sens(s1) $A.sv("senast sänd") $A.keep(payload);
  attempts @7 :UInt32 $A.sens(s0) $A.sv("antal försök");
  acute @8 :Bool $A.sens(s3) $A.sv("akut") $A.keep(payload);
  # The files that the report lists, in its order; from FILING on.
  files @9 :List(InboxIntakeFile) $A.sens(s3) $A.sv("bilagor") $A.keep(payload);
  enum State { unknown @0; waiting @1; posting @2; created @3; attached @4; done @5; held @6; byHand @7; left @8; filing @9; }
  enum Why { none @0; doubt @1; doubled @2; refused @3; attachment @4; noNumber @5; noCode @6; withdrawn @7; unreadable @8; withdrawnLater @9; file @10; }
}

struct InboxIntakeFile $A.sv("bilaga på väg till verksamhetssystemet") {
  state @0 :State $A.sens(s0) $A.sv("läge");
  # Not whole here: what is sent in its place says that it is to be fetched in the inbox.
  missing @1 :Bool $A.sens(s0) $A.sv("finns inte hel");
  status @2 :UInt16 $A.sens(s0) $A.sv("svarskod");
  theirId @3 :Text $A.sens(s3) $A.sv("bilagans nummer") $A.keep(payload);
  triedAt @4 :Int64 $A.sens(s1) $A.sv("senast sänd") $A.keep(payload);
  attempts @5 :UInt32 $A.sens(s0) $A.sv("antal försök");
  enum State { unknown @0; waiting @1; posting @2; sent @3; refused @4; doubt @5; }
}

struct InboxIdentity {
  format @0 :UInt32 = 1 $A.sens(s0) $A.sv("formatets version");
  wrappedKey @1 :Data $A.sens(s0) $A.sv("inkorgens nyckel, inslagen");
  function @2 :Text $A.sens(s0) $A.sv("funktion");
}
