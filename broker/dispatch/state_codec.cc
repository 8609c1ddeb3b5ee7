#include "broker/dispatch/state_codec.h"

#include <capnp/any.h>
#include <capnp/schema.h>

#include "broker/base/check.h"
#include "broker/base/text.h"
#include "broker/dispatch/settings.h"
#include "broker/store/spaces.h"
#include "broker/wire/capnp_values.h"
#include "schemas/state.capnp.h"

namespace sam::dispatch {
namespace {

// The first byte of a packed row. A flat message begins with its number of segments less one, and a
// state's segments, each twice the one before, are never so many.
constexpr char kPacked = '\xfe';
constexpr int kMaxLinks = 16;  // identities in a row for one person: reserve number, then others

template <typename Id>
void SetIds(capnp::List<capnp::Data>::Builder out, const std::vector<Id>& ids) {
  for (unsigned i = 0; i < out.size(); ++i) out.set(i, wire::AsData(ids[i].view()));
}
template <typename Id>
std::vector<Id> IdsOf(capnp::List<capnp::Data>::Reader in) {
  std::vector<Id> out;
  for (capnp::Data::Reader id : in) out.push_back(wire::IdOf<Id>(id));
  return out;
}
template <typename T>
unsigned Size(const std::vector<T>& list) {
  return static_cast<unsigned>(list.size());
}

void WriteScalars(schema::SubjectState::Builder root, const rules::SubjectState& s) {
  root.setBirthDate(s.birth_date);
  root.setMunicipality(s.municipality);
  root.setMunicipalityAt(s.municipality_at.value);
  root.setProtection(s.protection);
  root.setProtectionAt(s.protection_at.value);
  root.setProtectionVersion(s.protection_version);
  root.setConsentVersion(s.consent_version);
  root.setOwnerUnit(s.owner_unit);
  root.setControllerOrg(s.controller_org);
  root.setControllerBoard(s.controller_board);
  root.setRegisteredAt(s.registered_at.value);
  root.setRegisteredEvent(wire::AsData(s.registered_event.view()));
  root.setRegisteredOffset(s.registered_offset.value);
  root.setBornAbroad(s.born_abroad);
  root.setBaseline(s.baseline);
  root.setDeceased(s.deceased);
  root.setTransferred(s.transferred);
  root.setUnverified(s.unverified);
  root.setMergedInto(wire::AsData(s.merged_into.view()));
}

void WriteVisits(schema::SubjectState::Builder root, const rules::SubjectState& s) {
  auto attended = root.initAttended(Size(s.attended));
  for (unsigned i = 0; i < attended.size(); ++i) {
    const rules::Attended& from = s.attended[i];
    attended[i].setEventId(wire::AsData(from.event.view()));
    attended[i].setAt(from.at.value);
    attended[i].setHome(from.home);
    attended[i].setCode(from.code);
    attended[i].setAppointment(from.appointment);
  }
  auto missed = root.initMissed(Size(s.missed));
  for (unsigned i = 0; i < missed.size(); ++i) {
    const rules::Missed& from = s.missed[i];
    SetIds(missed[i].initEventIds(Size(from.events)), from.events);
    missed[i].setOffset(from.offset.value);
    missed[i].setAt(from.at.value);
    missed[i].setVisitCode(from.visit_code);
    missed[i].setAppointment(from.appointment);
    missed[i].setEpisode(from.episode);
    missed[i].setBaseline(from.baseline);
  }
  auto declined = root.initDeclined(Size(s.declined));
  for (unsigned i = 0; i < declined.size(); ++i) {
    declined[i].setEventId(wire::AsData(s.declined[i].event.view()));
    declined[i].setKind(s.declined[i].kind);
    declined[i].setAt(s.declined[i].at.value);
  }
}

void WriteLists(schema::SubjectState::Builder root, const rules::SubjectState& s) {
  auto consents = root.initConsents(Size(s.consents));
  for (unsigned i = 0; i < consents.size(); ++i) {
    const rules::Consent& from = s.consents[i];
    consents[i].setId(from.id);
    wire::SetTexts(consents[i].initScope(Size(from.scope)), from.scope);
    consents[i].setState(from.state);
    consents[i].setExpires(from.expires);
    consents[i].setAllGuardians(from.all_guardians);
    consents[i].setAt(from.at.value);
    consents[i].setEventId(wire::AsData(from.event.view()));
  }
  auto timers = root.initTimers(Size(s.timers));
  for (unsigned i = 0; i < timers.size(); ++i) {
    timers[i].setRule(s.timers[i].rule);
    timers[i].setStep(s.timers[i].step);
    timers[i].setDue(s.timers[i].due.value);
  }
  auto episodes = root.initEpisodes(Size(s.episodes));
  for (unsigned i = 0; i < episodes.size(); ++i) {
    const rules::Episode& from = s.episodes[i];
    episodes[i].setRule(from.rule);
    episodes[i].setVersion(from.version);
    episodes[i].setKey(from.key);
    episodes[i].setOpenedAt(from.opened.value);
    episodes[i].setClosed(from.closed);
    episodes[i].setWithdrawn(from.withdrawn);
    SetIds(episodes[i].initEvidence(Size(from.evidence)), from.evidence);
    SetIds(episodes[i].initSignals(Size(from.signals)), from.signals);
  }
  SetIds(root.initHeld(Size(s.held)), s.held);
  auto retracted = root.initRetracted(Size(s.retracted));
  for (unsigned i = 0; i < retracted.size(); ++i) {
    retracted[i].setEventId(wire::AsData(s.retracted[i].event.view()));
    retracted[i].setBy(wire::AsData(s.retracted[i].by.view()));
    retracted[i].setByOffset(s.retracted[i].by_offset.value);
  }
  wire::SetTexts(root.initCancelled(Size(s.cancelled)), s.cancelled);
}

void WriteFacts(schema::SubjectState::Builder root, const rules::SubjectState& s) {
  auto facts = root.initFacts(Size(s.facts));
  for (unsigned i = 0; i < facts.size(); ++i) {
    const rules::Fact& from = s.facts[i];
    SetIds(facts[i].initEventIds(Size(from.events)), from.events);
    facts[i].setOffset(from.offset.value);
    facts[i].setAt(from.at.value);
    facts[i].setKind(static_cast<schema::FactKind>(from.kind));
    facts[i].setDetail(from.detail);
    facts[i].setValue(from.value);
    facts[i].setKey(from.key);
    facts[i].setEpisode(from.episode);
    facts[i].setBaseline(from.baseline);
  }
}

size_t CountGivers(const rules::SubjectState& s) {
  size_t all = 0;
  for (const rules::Consent& consent : s.consents) all += consent.givers.size();
  return all;
}

void WriteGivers(schema::SubjectState::Builder root, const rules::SubjectState& s, size_t count) {
  auto givers = root.initGivers(static_cast<unsigned>(count));
  unsigned i = 0;
  for (const rules::Consent& consent : s.consents) {
    for (const rules::Giver& from : consent.givers) {
      schema::StateGiver::Builder giver = givers[i++];
      giver.setConsent(consent.id);
      giver.setTag(from.tag);
      giver.setOwn(from.own);
      giver.setState(from.state);
      wire::SetTexts(giver.initScope(Size(from.scope)), from.scope);
      giver.setExpires(from.expires);
      giver.setAllGuardians(from.all_guardians);
      giver.setMustGive(from.must_give);
      giver.setSingle(from.single);
      giver.setAt(from.at.value);
      giver.setEventId(wire::AsData(from.event.view()));
    }
  }
}

void ReadGivers(schema::SubjectState::Reader root, rules::SubjectState& s) {
  for (auto g : root.getGivers()) {
    const std::string_view id = wire::View(g.getConsent());
    for (rules::Consent& consent : s.consents) {
      if (consent.id != id) continue;
      consent.givers.push_back({g.getTag(), g.getOwn(), g.getState(), wire::TextsOf(g.getScope()),
                                g.getExpires().cStr(), g.getAllGuardians(), g.getMustGive(),
                                g.getSingle(), Millis(g.getAt()),
                                wire::IdOf<EventId>(g.getEventId())});
      break;
    }
  }
}

void WriteLinks(schema::SubjectState::Builder root, const rules::SubjectState& s) {
  auto links = root.initLinks(Size(s.links));
  for (unsigned i = 0; i < links.size(); ++i) {
    links[i].setEventId(wire::AsData(s.links[i].event.view()));
    links[i].setOffset(s.links[i].offset.value);
  }
}

// The last pointers of the row, in their order; each needs room for those before it.
enum class LastOf : uint16_t { kLinks = 0, kGivers = 1, kFacts = 2, kNone = 3 };

// A row without facts, givers of consents or links has the very bytes that builds gave it which knew none: the log
// of such a build is rebuilt to the same digest.
schema::SubjectState::Builder RootOf(capnp::MallocMessageBuilder& message, LastOf last) {
  static const auto layout = capnp::Schema::from<schema::SubjectState>().getProto().getStruct();
  static const uint16_t words = layout.getDataWordCount();
  static const uint16_t pointers = layout.getPointerCount();
  return message.getRoot<capnp::AnyPointer>()
      .initAsAnyStruct(words, static_cast<uint16_t>(pointers - static_cast<uint16_t>(last)))
      .as<schema::SubjectState>();
}

void ReadScalars(schema::SubjectState::Reader root, rules::SubjectState& s) {
  s.birth_date = root.getBirthDate().cStr();
  s.municipality = root.getMunicipality().cStr();
  s.municipality_at = Millis(root.getMunicipalityAt());
  s.protection = root.getProtection();
  s.protection_at = Millis(root.getProtectionAt());
  s.protection_version = root.getProtectionVersion();
  s.consent_version = root.getConsentVersion();
  s.owner_unit = root.getOwnerUnit().cStr();
  s.controller_org = root.getControllerOrg().cStr();
  s.controller_board = root.getControllerBoard().cStr();
  s.registered_at = Millis(root.getRegisteredAt());
  s.registered_event = wire::IdOf<EventId>(root.getRegisteredEvent());
  s.registered_offset = Offset(root.getRegisteredOffset());
  s.born_abroad = root.getBornAbroad();
  s.baseline = root.getBaseline();
  s.deceased = root.getDeceased();
  s.transferred = root.getTransferred();
  s.unverified = root.getUnverified();
  s.merged_into = wire::IdOf<SubjectId>(root.getMergedInto());
}

void ReadLists(schema::SubjectState::Reader root, rules::SubjectState& s) {
  for (auto c : root.getConsents())
    s.consents.push_back({c.getId().cStr(), wire::TextsOf(c.getScope()), c.getState(),
                          c.getExpires().cStr(), c.getAllGuardians(), Millis(c.getAt()),
                          wire::IdOf<EventId>(c.getEventId())});
  for (auto a : root.getAttended())
    s.attended.push_back({wire::IdOf<EventId>(a.getEventId()), Millis(a.getAt()), a.getHome(),
                          a.getCode().cStr(), a.getAppointment().cStr()});
  for (auto m : root.getMissed())
    s.missed.push_back({IdsOf<EventId>(m.getEventIds()), Offset(m.getOffset()), Millis(m.getAt()),
                        m.getVisitCode().cStr(), m.getAppointment().cStr(),
                        m.getEpisode().cStr(), m.getBaseline()});
  for (auto d : root.getDeclined())
    s.declined.push_back({wire::IdOf<EventId>(d.getEventId()), d.getKind().cStr(), Millis(d.getAt())});
  for (auto t : root.getTimers())
    s.timers.push_back({t.getRule().cStr(), t.getStep().cStr(), Millis(t.getDue())});
  for (auto e : root.getEpisodes())
    s.episodes.push_back({e.getRule().cStr(), e.getVersion().cStr(), e.getKey().cStr(),
                          Millis(e.getOpenedAt()), e.getClosed(), e.getWithdrawn(),
                          IdsOf<EventId>(e.getEvidence()), IdsOf<SignalId>(e.getSignals())});
  s.held = IdsOf<SignalId>(root.getHeld());
  for (auto r : root.getRetracted())
    s.retracted.push_back({wire::IdOf<EventId>(r.getEventId()), wire::IdOf<EventId>(r.getBy()),
                           Offset(r.getByOffset())});
  s.cancelled = wire::TextsOf(root.getCancelled());
  for (auto f : root.getFacts())
    s.facts.push_back({IdsOf<EventId>(f.getEventIds()), Offset(f.getOffset()), Millis(f.getAt()),
                       static_cast<uint16_t>(f.getKind()), f.getDetail(), f.getValue(),
                       f.getKey().cStr(), f.getEpisode().cStr(), f.getBaseline()});
  for (auto l : root.getLinks())
    s.links.push_back({wire::IdOf<EventId>(l.getEventId()), Offset(l.getOffset())});
}

Error AsCorrupt(const char* what, const Error& error) {
  return Corrupt(std::string(what) + " is not readable: " + error.message +
                 "; run 'samsignal rebuild' on a copy of the store");
}

}  // namespace

std::string EncodeState(const rules::SubjectState& state, RowForm form) {
  capnp::word scratch[256] = {};
  capnp::MallocMessageBuilder message(kj::arrayPtr(scratch, 256));
  const size_t givers = CountGivers(state);
  const LastOf facts = state.facts.empty() ? LastOf::kNone : LastOf::kFacts;
  const LastOf consents = givers != 0 ? LastOf::kGivers : facts;
  auto root = RootOf(message, state.links.empty() ? consents : LastOf::kLinks);
  WriteScalars(root, state);
  WriteVisits(root, state);
  WriteLists(root, state);
  if (!state.facts.empty()) WriteFacts(root, state);
  if (givers != 0) WriteGivers(root, state, givers);
  if (!state.links.empty()) WriteLinks(root, state);
  return form == RowForm::kFlat ? wire::Flatten(message) : kPacked + wire::Pack(message);
}

Result<rules::SubjectState> DecodeState(std::string_view bytes) {
  std::string flat;
  if (bytes.starts_with(kPacked)) {
    auto unpacked = wire::Unpack(bytes.substr(1));
    if (!unpacked.ok()) return AsCorrupt("a subject's state", unpacked.error());
    flat = std::move(unpacked).value();
    bytes = flat;
  }
  auto state = wire::ReadOwn<schema::SubjectState>(
      bytes, [](schema::SubjectState::Reader root) -> Result<rules::SubjectState> {
        rules::SubjectState out;
        ReadScalars(root, out);
        ReadLists(root, out);
        ReadGivers(root, out);
        return out;
      });
  if (!state.ok()) return AsCorrupt("a subject's state", state.error());
  return state;
}

std::string TimerKey(const SubjectId& subject, const rules::ArmedTimer& timer) {
  // Times before 1970 sort first too.
  std::string key = BigEndian64(static_cast<uint64_t>(timer.due.value) ^ (uint64_t{1} << 63));
  key += subject.view();
  for (const std::string* text : {&timer.rule, &timer.step}) {
    const std::string part = text->substr(0, 255);
    key += static_cast<char>(part.size());
    key += part;
  }
  return key;
}

std::string EncodeTimer(const rules::TimerSpec& timer) {
  capnp::MallocMessageBuilder message(64);
  auto root = message.initRoot<schema::TimerRow>();
  root.setKind(timer.kind);
  root.setRule(timer.rule);
  root.setStep(timer.step);
  root.setDueAt(timer.due_at.value);
  root.setOverdueAt(timer.overdue_at.value);
  root.setProgramme(timer.programme);
  return wire::Flatten(message);
}

Result<FiledTimer> DecodeTimer(std::string_view key, std::string_view bytes) {
  if (key.size() < 24) return Corrupt("a timer's key is too short");
  const int64_t due = static_cast<int64_t>(ReadBigEndian64(key) ^ (uint64_t{1} << 63));
  auto timer = wire::ReadOwn<schema::TimerRow>(
      bytes, [&](schema::TimerRow::Reader root) -> Result<FiledTimer> {
        FiledTimer out;
        out.subject = SubjectId::From(key.substr(8, 16)).value_or(SubjectId{});
        out.timer = {root.getKind(), root.getRule().cStr(), root.getStep().cStr(), Millis(due),
                     Millis(root.getDueAt()), Millis(root.getOverdueAt()),
                     root.getProgramme().cStr()};
        return out;
      });
  if (!timer.ok()) return AsCorrupt("a timer", timer.error());
  return timer;
}

Result<rules::SubjectState> ReadState(const Store& store, SubjectId subject) {
  for (int link = 0; link < kMaxLinks; ++link) {
    SAM_ASSIGN(auto bytes, store.Get(spaces::kState, subject.view()));
    if (!bytes) return rules::SubjectState{};
    SAM_ASSIGN(rules::SubjectState state, DecodeState(*bytes));
    if (state.merged_into.empty()) return state;
    subject = state.merged_into;
  }
  return Corrupt("identities of a subject link to each other in a ring");
}

Result<mailbox::Versions> VersionsNow(const Store& store, SubjectId subject) {
  mailbox::Versions versions;
  SAM_ASSIGN(versions.config, CurrentConfigVersion(store));
  if (subject.empty()) return versions;
  SAM_ASSIGN(const rules::SubjectState state, ReadState(store, subject));
  versions.consent = state.consent_version;
  versions.protection = state.protection_version;
  return versions;
}

Result<Offset> ValidSince(const Store& store) {
  SAM_ASSIGN(const auto bytes, store.Get(spaces::kMeta, kValidKey));
  if (!bytes) return Offset(0);
  if (bytes->size() != 8) return Corrupt("the place of the directory's last change is not readable");
  return Offset(ReadBigEndian64(*bytes));
}

std::string EncodeMark(const Mark& mark) {
  capnp::MallocMessageBuilder message(16);
  auto root = message.initRoot<schema::DispatchMark>();
  root.setCursor(mark.cursor.value);
  root.setLastTick(mark.last_tick.value);
  root.setWalkFrom(mark.walk_from);
  root.setWalkWidth(mark.walk_width);
  auto rules = root.initRules(Size(mark.since));
  for (unsigned i = 0; i < rules.size(); ++i) {
    rules[i].setRule(mark.since[i].first);
    rules[i].setSince(mark.since[i].second.value);
  }
  root.setBackedUp(mark.backed_up.value);
  root.setEarly(mark.early);
  root.setParts(mark.parts);
  root.setBackedUpAt(mark.backed_up_at.value);
  return wire::Flatten(message);
}

Result<Mark> ReadMark(const Store& store) {
  SAM_ASSIGN(auto bytes, store.Get(spaces::kMeta, kMarkKey));
  if (!bytes) return Mark{};
  return wire::ReadOwn<schema::DispatchMark>(
      *bytes, [](schema::DispatchMark::Reader root) -> Result<Mark> {
        Mark mark{Offset(root.getCursor()), Millis(root.getLastTick()), root.getWalkFrom(),
                  root.getWalkWidth(), {}, Offset(root.getBackedUp()), root.getEarly(),
                  root.getParts(), Millis(root.getBackedUpAt())};
        for (auto rule : root.getRules())
          mark.since.emplace_back(rule.getRule().cStr(), Millis(rule.getSince()));
        return mark;
      });
}

}  // namespace sam::dispatch
