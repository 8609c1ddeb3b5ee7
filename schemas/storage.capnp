# What the hub keeps on disk. Bytes on disk are the dearest thing to change: only additions.
# See broker/journal/FORMAT.md for the drawing.
@0xacd19301558f419c;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";
using W = import "control.capnp";

enum RecordKind {
  unset @0;
  # Inputs: all that dispatch's decisions are a function of.
  event @1;        # payload: an Event message
  conflict @2;     # payload: an Event whose key was taken by other content; kept, never dispatched
  tick @3;         # payload: Tick
  config @4;       # payload: ConfigLoaded
  progress @5;     # payload: Progress, what a subscriber has acknowledged
  command @6;      # payload: Command, by an operator
  recheck @7;      # payload: Recheck, delivery asks for a new decision on one number
  # Outputs, taken as they are by rebuild when a payload is gone.
  decision @8;     # payload: Decision
  # The audit's own sequence in the same tree.
  audit @9;        # payload: AuditRow
  # Neither: what was disposed of, when and by which decision. Dropping payload needs no other proof.
  disposed @10;    # payload: Disposal
}

struct RecordHeader {
  # The Merkle leaf is SHA-256(0x00 || these bytes as stored). Payloads live in a space of their own
  # under the same offset, so dropping one leaves every proof valid.
  offset @0 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
  time @1 :Int64 $A.sens(s0) $A.sv("mottagen");
  kind @2 :RecordKind $A.sens(s0) $A.sv("slag");
  eventId @3 :Data $A.sens(s0) $A.sv("händelsens id");
  subject @4 :Data $A.sens(s0) $A.sv("slumpat ärendenummer för den registrerade");
  # Random per person and controller; only the vault can tell whose it is.
  keyId @5 :UInt64 $A.sens(s0) $A.sv("nyckelns nummer");
  controllerOrg @6 :Text $A.sens(s0) $A.sv("personuppgiftsansvarig");
  controllerBoard @7 :Text $A.sens(s0) $A.sv("nämnd");
  messageKey @8 :Data $A.sens(s0) $A.sv("idempotensnyckel, med nyckel");
  contentDigest @9 :Data $A.sens(s0) $A.sv("innehållets kontrollsumma, med nyckel");
  payloadDigest @10 :Data $A.sens(s0) $A.sv("den förseglade postens kontrollsumma");
  payloadBytes @11 :UInt32 $A.sens(s0) $A.sv("den förseglade postens storlek");
  peer @12 :Text $A.sens(s0) $A.sv("inlämnande part");
  cause @13 :UInt64 = 0xffffffffffffffff $A.sens(s0) $A.sv("orsakande post");
  # Decisions: the offset of the input they were made on. Parts of attachments: that of their report,
  # when it was known.
  schemaVersion @14 :UInt16 $A.sens(s0) $A.sv("schemaversion");
  linked @15 :List(Data) $A.sens(s0) $A.sv("sammankopplade ärendenummer");
  about @16 :Data $A.sens(s0) $A.sv("idempotensnyckel för det den hör till, med nyckel");
  # Parts of attachments: the message key of their report.
}

struct SealedPayload {
  # plaintext -> zstd -> XChaCha20-Poly1305 under recordKey; additional data = offset and kind.
  wrappedKey @0 :Data $A.sens(s0) $A.sv("postens nyckel, inslagen");
  # The random key of this record, wrapped by the subject's key; empty subject: by the hub's own key.
  sealed @1 :Data $A.sens(s4) $A.sv("förseglat innehåll") $A.keep(payload);
  place @2 :Data $A.sens(s4) $A.sv("förseglade uppgifter om plats") $A.keep(payload);
  # The fields that tell where somebody stays, as a message of their own under a subkey of their own;
  # empty where there are none, and in records of format 1, which hold them in `sealed`.
}

struct DedupeRow {
  offset @0 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
  contentDigest @1 :Data $A.sens(s0) $A.sv("innehållets kontrollsumma");
  eventId @2 :Data $A.sens(s0) $A.sv("händelsens id");
}

struct Tick {
  time @0 :Int64 $A.sens(s0) $A.sv("tid");
  before @1 :Data $A.sens(s0) $A.sv("fram till");
  # Where much falls due at once: the key of the first timer that is left for a later tick. Empty: all that is due.
}

struct ConfigLoaded {
  version @0 :Text $A.sens(s0) $A.sv("version");
  files @1 :List(File) $A.sens(s0) $A.sv("filer");
  struct File {
    name @0 :Text $A.sens(s0) $A.sv("namn");
    text @1 :Text $A.sens(s0) $A.sv("innehåll");
  }
}

struct Progress {
  subscription @0 :Text $A.sens(s0) $A.sv("prenumeration");
  lane @1 :UInt8 $A.sens(s0) $A.sv("fil");
  floor @2 :UInt64 $A.sens(s0) $A.sv("allt till och med");
  also @3 :List(UInt64) $A.sens(s0) $A.sv("därutöver");
  deadLetters @4 :List(UInt64) $A.sens(s0) $A.sv("till felkön");
  offeredBelow @5 :UInt64 $A.sens(s0) $A.sv("kan ha lämnats ut: nummer under detta");
  # Numbers from here on have left for nobody. First bit set: a connection stands or is about to,
  # any may leave, and the other bits are its own. 0: not told.
}

struct Command {
  operator @0 :Text $A.sens(s0) $A.sv("operatör");
  reason @1 :Text $A.sens(s0) $A.sv("skäl");
  action :union {
    none @2 :Void $A.sens(s0) $A.sv("ingen");
    replay @3 :Replay $A.sens(s0) $A.sv("omsändning");
    releaseHold @4 :ReleaseHold $A.sens(s0) $A.sv("släpp kvarhållen");
    backupVerified @5 :UInt64 $A.sens(s0) $A.sv("kontrollerad säkerhetskopia till plats");
    erase @6 :Erase $A.sens(s0) $A.sv("radering av en person");
  }
  agreed @7 :UInt64 = 0xffffffffffffffff $A.sens(s0) $A.sv("samtyckt begäran, plats i loggen");
  # A replay that two people agree to: where the one of them asked for it (AuditRow).
}

struct Erase {
  # One person, as one authority knows it: all the random numbers that are linked as this person's.
  subjects @0 :List(Data) $A.sens(s0) $A.sv("slumpade ärendenummer");
  despite @1 :Bool $A.sens(s0) $A.sv("även om en orosanmälan inte är besvarad");
}

struct Disposal {
  # Whose payloads were dropped and why. The records' headers stay, and every proof holds.
  rule @0 :Text $A.sens(s0) $A.sv("gallringsregel");
  decision @1 :Text $A.sens(s0) $A.sv("gallringsbeslut");
  items @2 :List(Item) $A.sens(s0) $A.sv("gallrade poster");
  struct Item {
    offset @0 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
    subject @1 :Data $A.sens(s0) $A.sv("slumpat ärendenummer för den registrerade");
    # Of whose signal it told, also where the record itself names nobody.
  }
}

struct Replay {
  subscription @0 :Text $A.sens(s0) $A.sv("prenumeration");
  fromOffset @1 :UInt64 $A.sens(s0) $A.sv("från plats");
  toOffset @2 :UInt64 $A.sens(s0) $A.sv("till plats");
}

struct ReleaseHold {
  # Of no effect from fold edition 8 on: the sender's own function says it (signal.receiverNamed).
  signalId @0 :Data $A.sens(s0) $A.sv("signalens id");
  receiverFunction @1 :Text $A.sens(s0) $A.sv("mottagande funktion");
}

struct Recheck {
  subscription @0 :Text $A.sens(s0) $A.sv("prenumeration");
  lane @1 :UInt8 $A.sens(s0) $A.sv("fil");
  sequence @2 :UInt64 $A.sens(s0) $A.sv("nummer");
}

enum Outcome {
  unset @0;
  deliver @1;
  held @2;      # waits for something a person must bring
  denied @3;
  withheld @4;  # fills the number of a delivery that may not be sent any more
  superseded @5;
}

struct Versions {
  # What a decision rested on. Delivery asks again only when one of them has changed.
  config @0 :Text $A.sens(s0) $A.sv("konfigurationens version");
  consent @1 :UInt32 $A.sens(s0) $A.sv("samtyckets version");
  protection @2 :UInt32 $A.sens(s0) $A.sv("skyddets version");
}

struct Decision {
  outcome @0 :Outcome $A.sens(s0) $A.sv("utfall");
  signalId @1 :Data $A.sens(s0) $A.sv("signalens id");
  code @2 :Text $A.sens(s1) $A.sv("signalkod") $A.keep(audit);
  legalClass @3 :C.LegalClass $A.sens(s1) $A.sv("rättslig klass") $A.keep(audit);
  receiverFunction @4 :Text $A.sens(s1) $A.sv("mottagande funktion") $A.keep(audit);
  senderFunction @5 :Text $A.sens(s1) $A.sv("avsändande funktion") $A.keep(audit);
  lane @6 :UInt8 $A.sens(s0) $A.sv("fil");
  sequence @7 :UInt64 $A.sens(s0) $A.sv("nummer");
  ruleId @8 :Text $A.sens(s0) $A.sv("regel");
  ruleVersion @9 :Text $A.sens(s0) $A.sv("regelns version");
  ground @10 :Text $A.sens(s0) $A.sv("rättslig grund, text-id");
  reasons @11 :List(Text) $A.sens(s0) $A.sv("skäl, text-id");
  masked @12 :List(Text) $A.sens(s0) $A.sv("maskade fält");
  evidence @13 :List(UInt64) $A.sens(s0) $A.sv("underlag, platser i loggen");
  versions @14 :Versions $A.sens(s0) $A.sv("versioner");
  withheldCode @15 :W.WithheldCode $A.sens(s0) $A.sv("undanhållen, skäl");
  signal @16 :Data $A.sens(s4) $A.sv("signalen som den lämnas ut") $A.keep(payload);
  replayed @17 :Bool $A.sens(s0) $A.sv("omsänd ur loggen");
  late @18 :Bool $A.sens(s0) $A.sv("sen");
}

struct MailboxRow {
  decision @0 :UInt64 $A.sens(s0) $A.sv("beslutets plats i loggen");
  signalId @1 :Data $A.sens(s0) $A.sv("signalens id");
  subject @2 :Data $A.sens(s0) $A.sv("slumpat ärendenummer för den registrerade");
  withheldCode @3 :W.WithheldCode $A.sens(s0) $A.sv("undanhållen, skäl");
  versions @4 :Versions $A.sens(s0) $A.sv("versioner");
  replayed @5 :Bool $A.sens(s0) $A.sv("omsänd ur loggen");
  late @6 :Bool $A.sens(s0) $A.sv("sen");
  decidedAt @7 :Int64 $A.sens(s0) $A.sv("beslutad");
}

struct LaneState {
  # One subscription's lane: the next number to give, and the two positions of a consumer.
  next @0 :UInt64 = 1 $A.sens(s0) $A.sv("nästa nummer");
  ackFloor @1 :UInt64 $A.sens(s0) $A.sv("kvitterat till");
  also @2 :List(UInt64) $A.sens(s0) $A.sv("kvitterat därutöver");
}

struct AuditRow {
  action @0 :Text $A.sens(s0) $A.sv("åtgärd");
  operator @1 :Text $A.sens(s0) $A.sv("vem");
  role @2 :Text $A.sens(s0) $A.sv("roll");
  reason @3 :Text $A.sens(s0) $A.sv("skäl");
  offsets @4 :List(UInt64) $A.sens(s0) $A.sv("vilka poster");
  fields @5 :List(Text) $A.sens(s0) $A.sv("vilka fält");
  subject @6 :Data $A.sens(s0) $A.sv("slumpat ärendenummer för den registrerade");
  replay @7 :Replay $A.sens(s0) $A.sv("omsändning som begärs eller godkänns");
  request @8 :UInt64 = 0xffffffffffffffff $A.sens(s0) $A.sv("begäran som godkänns, plats i loggen");
  before @9 :Text $A.sens(s0) $A.sv("version före");
  after @10 :Text $A.sens(s0) $A.sv("version efter");
  outcome @11 :Text $A.sens(s0) $A.sv("utfall");
}

struct HubIdentity {
  hub @0 :Data $A.sens(s0) $A.sv("navets id");
  epoch @1 :UInt32 = 1 $A.sens(s0) $A.sv("epok");
  format @2 :UInt32 = 1 $A.sens(s0) $A.sv("formatets version");
  createdAt @3 :Int64 $A.sens(s0) $A.sv("skapad");
  highestKeyId @4 :UInt64 $A.sens(s0) $A.sv("högsta nyckelnummer");
}
