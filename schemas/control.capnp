# The wire: one Frame per ZeroMQ message, one frame per message, at most 1 MiB.
# Payload goes down only (publish, deliver); up go offsets, credit and receipts.
@0x868f1e86d811fdea;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";

enum Refusal {
  none @0;
  malformed @1;         # not a readable message of ours
  tooLarge @2;          # over the limit told in Welcome
  schemaUnknown @3;     # newer than this hub can store
  notAllowed @4;        # the directory does not let this peer do that
  missingField @5;      # a required field is empty
  badValue @6;          # a value no reading can make sense of (absurd time, wrong length)
  envelopeReused @7;    # same event id, other message: a fault at the sender
  conflict @8;          # same message key, other content: kept, both visible, operator told
  busy @9;              # try again later; nothing was kept
  wrongEnvironment @10; # test event at a production hub, or the other way round
  derivedOnly @11;      # an event type that only the hub itself makes
}

struct Hello {
  protocol @0 :UInt16 $A.sens(s0) $A.sv("protokollversion");
  software @1 :Text $A.sens(s0) $A.sv("programversion");
  role @2 :Role $A.sens(s0) $A.sv("roll");
  systemId @3 :Text $A.sens(s0) $A.sv("källsystem");
  lastAccepted @4 :UInt64 $A.sens(s0) $A.sv("senast kvitterade nummer");
  # Source: the highest acceptedTo it has been told: a second witness against a hub that lost data.
  lastHub @5 :Data $A.sens(s0) $A.sv("senast sedda nav");
  lastEpoch @6 :UInt32 $A.sens(s0) $A.sv("senast sedda epok");
  enum Role { source @0; subscriber @1; }
}

struct Welcome {
  protocol @0 :UInt16 $A.sens(s0) $A.sv("protokollversion");
  hub @1 :Data $A.sens(s0) $A.sv("navets id");
  epoch @2 :UInt32 $A.sens(s0) $A.sv("epok");
  software @3 :Text $A.sens(s0) $A.sv("programversion");
  maxEventBytes @4 :UInt32 $A.sens(s0) $A.sv("största händelse");
  maxBatchBytes @5 :UInt32 $A.sens(s0) $A.sv("största sats");
  acceptedTo @6 :UInt64 $A.sens(s0) $A.sv("kvitterat till");
  checkpoint @7 :Text $A.sens(s0) $A.sv("undertecknad kontrollpunkt");
  test @8 :Bool $A.sens(s0) $A.sv("testmiljö");
  acknowledgement @9 :Acknowledgement $A.sens(s0) $A.sv("kvittensnivå");
  enum Acknowledgement { local @0; standby @1; }
}

struct Published {
  sequence @0 :UInt64 $A.sens(s0) $A.sv("nummer i utkorgen");
  event @1 :Data $A.sens(s4) $A.sv("händelse") $A.keep(payload);
  # An Event message in its flat form. Word-aligned inside this message. Empty: nothing is there.
  voidFrom @2 :UInt64 $A.sens(s0) $A.sv("hål från nummer");
  # Read when event is empty: the numbers from here to sequence hold nothing any more at the source
  # (trimmed, erased). 0: just this one number.
}

struct Publish {
  records @0 :List(Published) $A.sens(s4) $A.sv("händelser") $A.keep(payload);
}

struct Refused {
  sequence @0 :UInt64 $A.sens(s0) $A.sv("nummer i utkorgen");
  code @1 :Refusal $A.sens(s0) $A.sv("skäl");
  field @2 :Text $A.sens(s0) $A.sv("fält");
}

struct Ack {
  acceptedTo @0 :UInt64 $A.sens(s0) $A.sv("kvitterat till");
  # Everything up to and including this number is on disk here, or listed as refused.
  trimTo @1 :UInt64 $A.sens(s0) $A.sv("får gallras till");
  # Covered by a verified backup or a standby: only now may the source forget.
  refused @2 :List(Refused) $A.sens(s0) $A.sv("avvisade");
  duplicates @3 :UInt32 $A.sens(s0) $A.sv("dubbletter");
}

struct Credit {
  messages @0 :UInt32 $A.sens(s0) $A.sv("antal");
  bytes @1 :UInt64 $A.sens(s0) $A.sv("byte");
  retryAfterMs @2 :UInt32 $A.sens(s0) $A.sv("försök igen efter");
}

struct Position {
  hub @0 :Data $A.sens(s0) $A.sv("navets id");
  epoch @1 :UInt32 $A.sens(s0) $A.sv("epok");
  lane @2 :UInt8 $A.sens(s0) $A.sv("fil: 0 normal, 1 akut");
  sequence @3 :UInt64 $A.sens(s0) $A.sv("nummer");
}

struct Subscribe {
  subscription @0 :Text $A.sens(s0) $A.sv("prenumeration");
  seen @1 :List(Position) $A.sens(s0) $A.sv("mottaget till");
}

enum WithheldCode {
  none @0;
  refusedAtDelivery @1;  # the gate said no when it was asked again
  deadLettered @2;
  erased @3;             # the payload is disposed of
  withdrawn @4;
}

struct Delivery {
  position @0 :Position $A.sens(s0) $A.sv("plats");
  signal @1 :Data $A.sens(s4) $A.sv("signal") $A.keep(payload);
  # A Signal message in its flat form; empty when withheld.
  withheld @2 :WithheldCode $A.sens(s0) $A.sv("undanhållen, skäl");
  late @3 :Bool $A.sens(s0) $A.sv("sen");
  replayed @4 :Bool $A.sens(s0) $A.sv("omsänd ur loggen");
  attempt @5 :UInt16 $A.sens(s0) $A.sv("försök");
}

struct Deliver {
  subscription @0 :Text $A.sens(s0) $A.sv("prenumeration");
  items @1 :List(Delivery) $A.sens(s4) $A.sv("leveranser") $A.keep(payload);
}

struct DeliverAck {
  subscription @0 :Text $A.sens(s0) $A.sv("prenumeration");
  lane @1 :UInt8 $A.sens(s0) $A.sv("fil");
  floor @2 :UInt64 $A.sens(s0) $A.sv("allt till och med");
  also @3 :List(UInt64) $A.sens(s0) $A.sv("därutöver");
  epoch @4 :UInt32 $A.sens(s0) $A.sv("epok");
}

struct Trial {
  # What would the rules and the gate make of this event alone? Asked by a source with its own key,
  # without a Hello. Nothing is kept, nothing goes out, and no child that the hub knows is looked at.
  number @0 :UInt64 $A.sens(s0) $A.sv("frågans nummer");
  event @1 :Data $A.sens(s4) $A.sv("händelse") $A.keep(payload);
}

struct TrialSignal {
  # One decision that would be taken; functions are those of the directory.
  code @0 :Text $A.sens(s0) $A.sv("signalkod");
  legalClass @1 :C.LegalClass $A.sens(s0) $A.sv("rättslig klass");
  outcome @2 :Outcome $A.sens(s0) $A.sv("utfall");
  receiver @3 :Text $A.sens(s0) $A.sv("mottagande funktion");
  sender @4 :Text $A.sens(s0) $A.sv("avsändande funktion");
  ground @5 :Text $A.sens(s0) $A.sv("rättslig grund, text-id");
  reasons @6 :List(Text) $A.sens(s0) $A.sv("skäl, text-id");
  masked @7 :List(Text) $A.sens(s0) $A.sv("maskade fält");
  rule @8 :Text $A.sens(s0) $A.sv("regel");
  enum Outcome { unset @0; deliver @1; held @2; denied @3; }
}

struct TrialAnswer {
  number @0 :UInt64 $A.sens(s0) $A.sv("frågans nummer");
  refused @1 :Refusal $A.sens(s0) $A.sv("avvisad, skäl");
  # As the event itself would be; busy: ask again in a while.
  field @2 :Text $A.sens(s0) $A.sv("fält");
  signals @3 :List(TrialSignal) $A.sens(s0) $A.sv("signaler");
  config @4 :Text $A.sens(s0) $A.sv("konfigurationens version");
  watched @5 :UInt32 $A.sens(s0) $A.sv("programsteg som skulle bevakas");
}

struct Checkpoint {
  # A subscriber asks with `from` alone: does your log go on from the checkpoint that I keep? The hub
  # answers with its newest one and the proof (RFC 6962) that it does.
  note @0 :Text $A.sens(s0) $A.sv("undertecknad kontrollpunkt");
  from @1 :UInt64 $A.sens(s0) $A.sv("antal poster i den behållna kontrollpunkten");
  consistency @2 :List(Data) $A.sens(s0) $A.sv("bevis att loggen bara har växt");
  key @3 :Data $A.sens(s0) $A.sv("offentlig nyckel");
  # Ed25519, of whoever signs. Trusted the first time, since the line proves the hub; compared ever after.
}

struct Frame {
  union {
    unset @0 :Void $A.sens(s0) $A.sv("tom");
    hello @1 :Hello $A.sens(s0) $A.sv("hälsning");
    welcome @2 :Welcome $A.sens(s0) $A.sv("välkommen");
    publish @3 :Publish $A.sens(s4) $A.sv("publicera") $A.keep(payload);
    ack @4 :Ack $A.sens(s0) $A.sv("kvittens");
    credit @5 :Credit $A.sens(s0) $A.sv("utrymme");
    subscribe @6 :Subscribe $A.sens(s0) $A.sv("prenumerera");
    deliver @7 :Deliver $A.sens(s4) $A.sv("leverera") $A.keep(payload);
    deliverAck @8 :DeliverAck $A.sens(s0) $A.sv("leveranskvittens");
    heartbeat @9 :Void $A.sens(s0) $A.sv("livstecken");
    refused @10 :Refused $A.sens(s0) $A.sv("avvisad");
    bye @11 :Void $A.sens(s0) $A.sv("avslut");
    trial @12 :Trial $A.sens(s4) $A.sv("prov") $A.keep(payload);
    trialAnswer @13 :TrialAnswer $A.sens(s0) $A.sv("svar på prov");
    checkpoint @14 :Checkpoint $A.sens(s0) $A.sv("kontrollpunkt");
  }
}
