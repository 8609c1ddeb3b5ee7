# What an adapter keeps on its own disk, beside its outbox of Event messages. Every row is sealed with
# a key made of the adapter's store key before it touches the disk; contents and places with one of
# their own. Only additions.
# Drawing of the spaces: adapters/kit/README.md.
@0xd3a94f6c07b815e2;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";

struct RawRow {
  # One message as it came, before any decoding: the character set may turn out to be another one.
  receivedAt @0 :Int64 $A.sens(s0) $A.sv("mottaget");
  peer @1 :Text $A.sens(s0) $A.sv("avsändande adress");
  # `bytes`: in rows of older builds. Now they lie in a second part, sealed apart.
  bytes @2 :Data $A.sens(s4) $A.sv("råmeddelande") $A.keep(payload);
  expiresAt @3 :Int64 $A.sens(s0) $A.sv("gallras");
  fullSize @4 :UInt64 $A.sens(s0) $A.sv("storlek före kortning; 0: hel");
}

struct AnswerError {
  # One line of the acknowledgement that was given, so that the same message gets the same answer.
  location @0 :Text $A.sens(s0) $A.sv("plats");
  code @1 :UInt16 $A.sens(s0) $A.sv("felkod, HL7-tabell 0357");
  severity @2 :UInt8 $A.sens(s0) $A.sv("allvarlighet");
  text @3 :Text $A.sens(s0) $A.sv("feltext, utan personuppgifter");
}

struct SeenRow {
  # Key: keyed hash of (source system, message id). Kept as long as a sender may send again.
  digest @0 :Data $A.sens(s0) $A.sv("innehållets kontrollsumma, med nyckel");
  seenAt @1 :Int64 $A.sens(s0) $A.sv("först sedd");
  outcome @2 :UInt8 $A.sens(s0) $A.sv("svar: 0 mottaget, 1 innehållsfel, 2 avvisat");
  errors @3 :List(AnswerError) $A.sens(s0) $A.sv("svarets felrader");
  events @4 :UInt16 $A.sens(s0) $A.sv("antal händelser");
  rawRef @5 :UInt64 $A.sens(s0) $A.sv("råmeddelandets nummer");
  quarantine @6 :UInt64 $A.sens(s0) $A.sv("undanlagt som nummer, när svaret var ett fel");
}

struct QuarantineRow {
  # A message, or an event that the hub refused, that waits for a person. Holds the raw bytes itself,
  # since raw messages expire long before one that nobody has dealt with.
  at @0 :Int64 $A.sens(s0) $A.sv("undanlagt");
  reason @1 :Text $A.sens(s0) $A.sv("skäl, kod");
  detail @2 :Text $A.sens(s0) $A.sv("förklaring, utan personuppgifter");
  peer @3 :Text $A.sens(s0) $A.sv("avsändande adress");
  trigger @4 :Text $A.sens(s0) $A.sv("meddelandetyp");
  mapping @5 :Text $A.sens(s0) $A.sv("mappning och version");
  state @6 :State $A.sens(s0) $A.sv("läge");
  raw @7 :Data $A.sens(s4) $A.sv("råmeddelande") $A.keep(payload);
  event @8 :Data $A.sens(s4) $A.sv("händelse som navet avvisade") $A.keep(payload);
  fixOf @9 :UInt64 $A.sens(s0) $A.sv("rättelse av nummer");
  fixedBy @10 :UInt64 $A.sens(s0) $A.sv("rättad av nummer");
  resends @11 :UInt16 $A.sens(s0) $A.sv("antal omsändningar");
  closedAt @12 :Int64 $A.sens(s0) $A.sv("avslutat");
  operator @13 :Text $A.sens(s0) $A.sv("operatör");
  fullSize @14 :UInt64 $A.sens(s0) $A.sv("storlek före kortning; 0: helt");
  # Two rows: the entry has raw and event alone, sealed apart; the small one beside it all the rest, and:
  rawBytes @15 :UInt64 $A.sens(s0) $A.sv("råmeddelandets storlek");
  eventBytes @16 :UInt64 $A.sens(s0) $A.sv("händelsens storlek");
  diskBytes @17 :UInt64 $A.sens(s0) $A.sv("postens storlek på disk");
  source @18 :Text $A.sens(s0) $A.sv("källsystem");
  enum State { open @0; resent @1; fixed @2; discarded @3; expired @4; }
}

struct EpisodeRow {
  # The last event told for an episode, so that a correction can name what it replaces.
  eventId @0 :Data $A.sens(s0) $A.sv("händelsens id");
  toldAt @1 :Int64 $A.sens(s0) $A.sv("sänd");
}

struct ToldOrder {
  # Of one type of event: the newest message that a rule about it has looked at.
  type @0 :Text $A.sens(s0) $A.sv("händelsetyp");
  object @1 :Data $A.sens(s0) $A.sv("vems versioner, kontrollsumma med nyckel");
  version @2 :UInt64 $A.sens(s0) $A.sv("version; 0: ingen");
  from @3 :Int64 $A.sens(s0) $A.sv("källans tid, tidigast; 0: ingen");
  until @4 :Int64 $A.sens(s0) $A.sv("källans tid, senast");
}

struct EpisodeOrderRow {
  # What came last of an episode, so that an older message that comes late does not undo it.
  orders @0 :List(ToldOrder) $A.sens(s0) $A.sv("per händelsetyp");
}

struct AccessRow {
  # The adapter's own audit: who looked at, fixed or resent what, and why.
  at @0 :Int64 $A.sens(s0) $A.sv("tidpunkt");
  operator @1 :Text $A.sens(s1) $A.sv("operatör") $A.keep(audit);
  action @2 :Text $A.sens(s0) $A.sv("åtgärd");
  subject @3 :Text $A.sens(s0) $A.sv("vad");
  reason @4 :Text $A.sens(s1) $A.sv("skäl") $A.keep(audit);
}

struct WatchAlarm {
  # One condition that was found, and whether the hook program has been told of its start and end.
  kind @0 :Text $A.sens(s0) $A.sv("larm");
  source @1 :Text $A.sens(s0) $A.sv("källa");
  since @2 :Int64 $A.sens(s0) $A.sv("sedan");
  ended @3 :Int64 $A.sens(s0) $A.sv("upphörde");
  startTold @4 :Bool $A.sens(s0) $A.sv("början meddelad");
  endTold @5 :Bool $A.sens(s0) $A.sv("slutet meddelat");
}

struct WatchFeed {
  # When a source was last heard.
  source @0 :Text $A.sens(s0) $A.sv("källa");
  lastMessage @1 :Int64 $A.sens(s0) $A.sv("senaste meddelande");
  ever @2 :Bool $A.sens(s0) $A.sv("har hörts");
}

struct WatchRow {
  # What the watch over the feeds knows, so that a restart rings nobody a second time.
  alarms @0 :List(WatchAlarm) $A.sens(s0) $A.sv("larm");
  feeds @1 :List(WatchFeed) $A.sens(s0) $A.sv("källor");
}
