# What dispatch derives from the journal: recomputed by rebuild, compared by digest. A row holds no
# identity and no free text: who it is about is the random subject it is filed under.
@0xd45b7f0c1b9ae3d1;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("sam::schema");
using A = import "annotations.capnp";
using C = import "common.capnp";
using P = import "shared_events.capnp";
using T = import "storage.capnp";

struct StateConsent {
  id @0 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  scope @1 :List(Text) $A.sens(s3) $A.sv("omfattning: signalkoder") $A.keep(payload);
  state @2 :P.ConsentChanged.State $A.sens(s3) $A.sv("läge") $A.keep(payload);
  expires @3 :Text $A.sens(s1) $A.sv("gäller till och med") $A.keep(payload);
  allGuardians @4 :C.YesNo $A.sens(s3) $A.sv("alla vårdnadshavare samtycker") $A.keep(payload);
  at @5 :Int64 $A.sens(s1) $A.sv("lämnat") $A.keep(payload);
  eventId @6 :Data $A.sens(s0) $A.sv("händelsens id");
}

struct StateGiver {
  # What one giver last said about one consent. `tag` tells the givers of one consent apart and names nobody.
  consent @0 :Text $A.sens(s3) $A.sv("samtycke, referens") $A.keep(payload);
  tag @1 :UInt16 $A.sens(s1) $A.sv("givarens märke") $A.keep(payload);  # 0: not named
  state @2 :P.ConsentChanged.State $A.sens(s3) $A.sv("läge") $A.keep(payload);
  scope @3 :List(Text) $A.sens(s3) $A.sv("omfattning: signalkoder") $A.keep(payload);
  expires @4 :Text $A.sens(s1) $A.sv("gäller till och med") $A.keep(payload);
  allGuardians @5 :C.YesNo $A.sens(s3) $A.sv("alla vårdnadshavare samtycker") $A.keep(payload);
  mustGive @6 :UInt8 $A.sens(s3) $A.sv("hur många som måste samtycka") $A.keep(payload);
  single @7 :P.ConsentChanged.SingleGiver $A.sens(s3) $A.sv("skäl till att en vårdnadshavare räcker") $A.keep(payload);
  own @8 :Bool $A.sens(s3) $A.sv("den registrerade själv") $A.keep(payload);
  at @9 :Int64 $A.sens(s1) $A.sv("lämnat") $A.keep(payload);
  eventId @10 :Data $A.sens(s0) $A.sv("händelsens id");
}

struct StateAttended {
  eventId @0 :Data $A.sens(s0) $A.sv("händelsens id");
  at @1 :Int64 $A.sens(s2) $A.sv("inträffade") $A.keep(payload);
  home @2 :Bool $A.sens(s2) $A.sv("hembesök") $A.keep(payload);
  code @3 :Text $A.sens(s2) $A.sv("besökskod eller slag av hembesök") $A.keep(payload);
  appointment @4 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload);
}

struct StateMissed {
  eventIds @0 :List(Data) $A.sens(s0) $A.sv("händelser som berättar samma sak");
  offset @1 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
  at @2 :Int64 $A.sens(s2) $A.sv("inträffade") $A.keep(payload);
  visitCode @3 :Text $A.sens(s2) $A.sv("besökskod") $A.keep(payload);
  appointment @4 :Text $A.sens(s1) $A.sv("bokningsnummer") $A.keep(payload);
  episode @5 :Text $A.sens(s1) $A.sv("händelsenyckel över källor") $A.keep(payload);
  baseline @6 :Bool $A.sens(s0) $A.sv("ur startladdning");
}

struct StateDeclined {
  eventId @0 :Data $A.sens(s0) $A.sv("händelsens id");
  kind @1 :Text $A.sens(s2) $A.sv("vad som avböjts") $A.keep(payload);
  at @2 :Int64 $A.sens(s2) $A.sv("inträffade") $A.keep(payload);
}

struct StateTimer {
  # An entry of a subject's own list, so that its row in the timer space can be found again.
  rule @0 :Text $A.sens(s0) $A.sv("regel");
  step @1 :Text $A.sens(s2) $A.sv("programsteg") $A.keep(payload);
  due @2 :Int64 $A.sens(s1) $A.sv("faller ut") $A.keep(payload);
}

struct StateEpisode {
  # One happening that a rule has answered: never prompted for twice.
  rule @0 :Text $A.sens(s0) $A.sv("regel");
  version @1 :Text $A.sens(s0) $A.sv("regelns version");
  key @2 :Text $A.sens(s2) $A.sv("episod") $A.keep(payload);
  openedAt @3 :Int64 $A.sens(s1) $A.sv("öppnad") $A.keep(payload);
  closed @4 :Bool $A.sens(s1) $A.sv("avslutad") $A.keep(payload);
  evidence @5 :List(Data) $A.sens(s0) $A.sv("underlag, händelse-id");
  signals @6 :List(Data) $A.sens(s0) $A.sv("signaler");
  withdrawn @7 :Bool $A.sens(s0) $A.sv("återkallad");
}

struct StateRetracted {
  eventId @0 :Data $A.sens(s0) $A.sv("återtagen händelse");
  by @1 :Data $A.sens(s0) $A.sv("återtagande händelse");
  byOffset @2 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
}

enum FactKind {
  # What a rule in force may ask to have remembered of a child, beside visits. Numbers are stored.
  unset @0;
  clinic @1;  # the dental clinic that told last: the owner of prompts about dental care
  childTransferred @2;
  visitBooked @3;
  programChanged @4;
  vaccinationDelayed @5;
  dentalRecallSent @6;
  dentalVisitCompleted @7;
  dentalVisitMissed @8;
  dentalVisitLateCancelled @9;
  dentalContactAttempted @10;
  dentalContactFailed @11;
  dentalCaries @12;
  dentalTreatmentOverdue @13;
  dentalPain @14;
  dentalUnlisted @15;
  dentalNotCooperating @16;
  placementChanged @17;
  examRequested @18;
  healthExam @19;
  dentalExam @20;
  personMoved @21;
  reportSigned @22;
  signalReceipt @23;
  careDeclined @24;
  homeVisitDeclined @25;
  protectionWas @26;    # what held before a change told it, in case the change is taken back
  municipalityWas @27;
  visitCancelled @28;   # while some rule asks for bookings: they stand no more
}

struct StateFact {
  eventIds @0 :List(Data) $A.sens(s0) $A.sv("händelser som berättar samma sak");
  offset @1 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
  at @2 :Int64 $A.sens(s2) $A.sv("inträffade") $A.keep(payload);
  kind @3 :FactKind $A.sens(s4) $A.sv("slag av uppgift") $A.keep(payload);
  detail @4 :UInt16 $A.sens(s4) $A.sv("närmare slag") $A.keep(payload);
  value @5 :Int32 $A.sens(s2) $A.sv("värde") $A.keep(payload);
  key @6 :Text $A.sens(s2) $A.sv("vad uppgiften hör till") $A.keep(payload);
  episode @7 :Text $A.sens(s1) $A.sv("händelsenyckel över källor") $A.keep(payload);
  baseline @8 :Bool $A.sens(s0) $A.sv("ur startladdning");
}

struct StateLink {
  # An event that said that two identities are one person's: the numbers stand in it, never here.
  eventId @0 :Data $A.sens(s0) $A.sv("händelsens id");
  offset @1 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
}

struct SubjectState {
  birthDate @0 :Text $A.sens(s1) $A.sv("födelsedatum") $A.keep(payload);
  municipality @1 :Text $A.sens(s1) $A.sv("folkbokföringskommun") $A.keep(payload) $A.place;
  municipalityAt @2 :Int64 $A.sens(s1) $A.sv("kommun känd från") $A.keep(payload);
  protection @3 :C.Protection $A.sens(s4) $A.sv("skyddade personuppgifter") $A.keep(payload);
  protectionAt @4 :Int64 $A.sens(s1) $A.sv("skydd känt från") $A.keep(payload);
  protectionVersion @5 :UInt32 $A.sens(s0) $A.sv("skyddets version");
  consentVersion @6 :UInt32 $A.sens(s0) $A.sv("samtyckets version");
  consents @7 :List(StateConsent) $A.sens(s3) $A.sv("samtycken") $A.keep(payload);
  ownerUnit @8 :Text $A.sens(s1) $A.sv("ansvarig enhet, HSA-id") $A.keep(payload) $A.place;
  controllerOrg @9 :Text $A.sens(s0) $A.sv("personuppgiftsansvarig");
  controllerBoard @10 :Text $A.sens(s0) $A.sv("nämnd");
  registeredAt @11 :Int64 = -1 $A.sens(s1) $A.sv("inskriven") $A.keep(payload);
  registeredEvent @12 :Data $A.sens(s0) $A.sv("inskrivningens händelse-id");
  registeredOffset @13 :UInt64 $A.sens(s0) $A.sv("inskrivningens plats i loggen");
  bornAbroad @14 :Bool $A.sens(s1) $A.sv("född utomlands") $A.keep(payload);
  baseline @15 :Bool $A.sens(s0) $A.sv("inskriven i startladdning");
  attended @16 :List(StateAttended) $A.sens(s2) $A.sv("genomförda besök") $A.keep(payload);
  missed @17 :List(StateMissed) $A.sens(s2) $A.sv("uteblivna besök") $A.keep(payload);
  declined @18 :List(StateDeclined) $A.sens(s2) $A.sv("avböjt") $A.keep(payload);
  timers @19 :List(StateTimer) $A.sens(s2) $A.sv("väntade steg") $A.keep(payload);
  episodes @20 :List(StateEpisode) $A.sens(s2) $A.sv("besvarade episoder") $A.keep(payload);
  held @21 :List(Data) $A.sens(s0) $A.sv("kvarhållna signaler");
  retracted @22 :List(StateRetracted) $A.sens(s0) $A.sv("återtagna händelser");
  cancelled @23 :List(Text) $A.sens(s1) $A.sv("bokningar som vården avbokat") $A.keep(payload);
  deceased @24 :Bool $A.sens(s1) $A.sv("avliden") $A.keep(payload);
  transferred @25 :Bool $A.sens(s1) $A.sv("utskriven") $A.keep(payload);
  mergedInto @26 :Data $A.sens(s0) $A.sv("sammanförd med");
  facts @27 :List(StateFact) $A.sens(s4) $A.sv("uppgifter som en regel frågar efter") $A.keep(payload);
  givers @28 :List(StateGiver) $A.sens(s3) $A.sv("vad var och en sagt om ett samtycke") $A.keep(payload);
  links @29 :List(StateLink) $A.sens(s0) $A.sv("händelser som förde samman identiteter");
  unverified @30 :Bool $A.sens(s0) $A.sv("bara känd genom ett ogiltigt nummer");
}

enum TimerKind {
  unset @0;
  expectation @1;    # a programme step should have been done by now
  pattern @2;        # look at a pattern again: its evidence is old enough now
  consentExpiry @3;  # a consent has run out
  heldCall @4;       # nobody has said where a report that is held is to go: its sender is called again
  clockMark @5;      # so much of a signal's time limit has gone; `step` names the signal
  dates @6;          # a date of the directory or of an agreement has passed
  caseEnd @7;        # what a board told of a case has waited long enough for its report; `step` names the row
  birthday @8;       # somebody of whom something may wait in a mailbox is a year older
}

struct TimerRow {
  kind @0 :TimerKind $A.sens(s0) $A.sv("slag");
  rule @1 :Text $A.sens(s0) $A.sv("regel");
  step @2 :Text $A.sens(s2) $A.sv("programsteg") $A.keep(payload);
  dueAt @3 :Int64 $A.sens(s1) $A.sv("skulle ske") $A.keep(payload);
  overdueAt @4 :Int64 $A.sens(s1) $A.sv("försenat från") $A.keep(payload);
  programme @5 :Text $A.sens(s2) $A.sv("program") $A.keep(payload);
}

struct LadderStep {
  state @0 :P.LadderState $A.sens(s1) $A.sv("steg") $A.keep(audit);
  at @1 :Int64 $A.sens(s1) $A.sv("tidpunkt") $A.keep(audit);
  answer @2 :P.Answer $A.sens(s3) $A.sv("återkoppling") $A.keep(payload);
  source @3 :UInt64 = 0xffffffffffffffff $A.sens(s0) $A.sv("plats i loggen för uppgiften");
}

struct Placement {
  # One number given to a signal, and the decision record that holds its bytes.
  decision @0 :UInt64 $A.sens(s0) $A.sv("beslutets plats i loggen");
  lane @1 :UInt8 $A.sens(s0) $A.sv("fil: 0 normal, 1 akut");
  sequence @2 :UInt64 $A.sens(s0) $A.sv("nummer, 0: inget");
  outcome @3 :T.Outcome $A.sens(s0) $A.sv("utfall");
}

struct EvidenceRef {
  offset @0 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
  eventId @1 :Data $A.sens(s0) $A.sv("händelsens id");
}

struct WatchedClock {
  # A time limit of a signal that was delivered, as its first receiver was told it.
  kind @0 :Text $A.sens(s0) $A.sv("slag av tidsfrist, text-id");
  startedAt @1 :Int64 $A.sens(s1) $A.sv("börjar") $A.keep(audit);
  dueAt @2 :Int64 $A.sens(s1) $A.sv("senast") $A.keep(audit);
  told @3 :UInt8 $A.sens(s0) $A.sv("påmint vid, procent av tiden");
  urged @4 :Bool $A.sens(s0) $A.sv("akut: ansvariga har fått veta");
  done @5 :Bool $A.sens(s0) $A.sv("det som väntades är gjort, enligt en händelse");
}

struct Watch {
  clocks @0 :List(WatchedClock) $A.sens(s1) $A.sv("tidsfrister") $A.keep(audit);
  next @1 :Int64 = -1 $A.sens(s1) $A.sv("nästa gång att se efter") $A.keep(audit);
  forwardedFrom @2 :Data $A.sens(s0) $A.sv("vidaresänd från signal");
}

struct SignalRow {
  # Everything the hub may tell about one signal without opening its content.
  code @0 :Text $A.sens(s1) $A.sv("signalkod") $A.keep(audit);
  legalClass @1 :C.LegalClass $A.sens(s1) $A.sv("rättslig klass") $A.keep(audit);
  outcome @2 :T.Outcome $A.sens(s0) $A.sv("utfall");
  senderFunction @3 :Text $A.sens(s1) $A.sv("avsändande funktion") $A.keep(audit);
  receiverFunction @4 :Text $A.sens(s1) $A.sv("mottagande funktion") $A.keep(audit);
  receiverUnit @5 :Text $A.sens(s1) $A.sv("mottagande enhet, HSA-id") $A.keep(audit) $A.place;
  subject @6 :Data $A.sens(s0) $A.sv("slumpat ärendenummer för den registrerade");
  controllerOrg @7 :Text $A.sens(s0) $A.sv("personuppgiftsansvarig");
  controllerBoard @8 :Text $A.sens(s0) $A.sv("nämnd");
  ruleId @9 :Text $A.sens(s0) $A.sv("regel");
  ruleVersion @10 :Text $A.sens(s0) $A.sv("regelns version");
  reasons @11 :List(Text) $A.sens(s0) $A.sv("skäl, text-id");
  evidence @12 :List(EvidenceRef) $A.sens(s0) $A.sv("underlag");
  placements @13 :List(Placement) $A.sens(s0) $A.sv("nummer och beslut");
  ladder @14 :List(LadderStep) $A.sens(s1) $A.sv("kvittensstege") $A.keep(audit);
  occurredAt @15 :Int64 $A.sens(s1) $A.sv("inträffade") $A.keep(payload);
  acute @16 :Bool $A.sens(s3) $A.sv("akut") $A.keep(payload);
  test @17 :Bool $A.sens(s0) $A.sv("test");
  withdrawn @18 :Bool $A.sens(s0) $A.sv("återkallad");
  decision @19 :P.PromptDecided.Decision $A.sens(s2) $A.sv("bedömning av prompt") $A.keep(audit);
  decidedAt @20 :Int64 $A.sens(s1) $A.sv("beslutad") $A.keep(audit);
  releasedAs @21 :Data $A.sens(s0) $A.sv("släppt som signal");
  about @22 :Data $A.sens(s0) $A.sv("om signal");
  named @23 :Bool $A.sens(s0) $A.sv("mottagaren utpekad av en människa");
  draft @24 :Data $A.sens(s3) $A.sv("utkast till innehåll") $A.keep(payload);
  # A Signal message with the body only, for signals that no event carries whole: prompts and notices.
  watch @25 :Watch $A.sens(s1) $A.sv("bevakade tidsfrister") $A.keep(audit);
  disposed @26 :Bool $A.sens(s0) $A.sv("innehållet är gallrat");
  awaitsAnswer @27 :Bool $A.sens(s0) $A.sv("ska besvaras med en kod");
}

struct PartRow {
  # A part of an attachment: where its bytes stand in the log.
  subject @0 :Data $A.sens(s0) $A.sv("slumpat ärendenummer för den registrerade");
  eventId @1 :Data $A.sens(s0) $A.sv("händelsens id");
  offset @2 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
  attachment @3 :UInt16 $A.sens(s0) $A.sv("bilagans plats i anmälan");
  index @4 :UInt16 $A.sens(s0) $A.sv("delens nummer");
  count @5 :UInt16 $A.sens(s0) $A.sv("antal delar");
  size @6 :UInt64 $A.sens(s0) $A.sv("hela bilagans storlek i byte");
}

struct PartReport {
  # A report whose attachments come, under the message key that they name it by.
  subject @0 :Data $A.sens(s0) $A.sv("slumpat ärendenummer för den registrerade");
  eventId @1 :Data $A.sens(s0) $A.sv("händelsens id");
  offset @2 :UInt64 $A.sens(s0) $A.sv("plats i loggen");
  messageKey @3 :Data $A.sens(s0) $A.sv("idempotensnyckel, med nyckel");
  attachments @4 :UInt16 $A.sens(s0) $A.sv("antal bilagor");
  signals @5 :List(Data) $A.sens(s0) $A.sv("anmälans signaler");
}

struct RuleSince {
  # A rule that was new or changed when a later configuration was loaded: what lies before is history.
  rule @0 :Text $A.sens(s0) $A.sv("regel");
  since @1 :Int64 $A.sens(s0) $A.sv("gäller från");
}

struct DispatchMark {
  # In space meta: how far dispatch has come, and its own clock in a test environment.
  cursor @0 :UInt64 $A.sens(s0) $A.sv("nästa post");
  lastTick @1 :Int64 = -1 $A.sens(s0) $A.sv("senaste tid");
  walkFrom @2 :UInt64 $A.sens(s0) $A.sv("genomgång efter regeländring: nästa nyckel");
  walkWidth @3 :UInt64 $A.sens(s0) $A.sv("genomgångens steg, 0: ingen pågår");
  rules @4 :List(RuleSince) $A.sens(s0) $A.sv("ändrade regler");
  backedUp @5 :UInt64 $A.sens(s0) $A.sv("poster i kontrollerad säkerhetskopia");
  early @6 :UInt64 $A.sens(s0) $A.sv("svar som väntar på sin signal");
  parts @7 :UInt64 $A.sens(s0) $A.sv("delar av bilagor som väntar på sin anmälan");
  backedUpAt @8 :Int64 $A.sens(s0) $A.sv("när en säkerhetskopia senast kontrollerades");
}
