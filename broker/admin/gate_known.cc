#include "broker/admin/gate_known.h"

#include <algorithm>

#include "broker/base/text.h"
#include "broker/dispatch/edition_view.h"
#include "broker/dispatch/overdue_event.h"
#include "broker/journal/record_codec.h"
#include "broker/rules/engine.h"
#include "broker/rules/merge.h"
#include "broker/store/spaces.h"
#include "broker/wire/codec.h"

namespace sam::admin {
namespace {

using State = schema::ConsentChanged::State;
using schema::YesNo;

bool TellsTheGate(const std::string& type) {
  static const std::set<std::string> types = {
      "consent.changed",      "person.protection.changed", "person.moved",
      "person.id.linked",     "bvc.child.registered",      "bvc.child.transferred",
      "signal.receiver.named"};
  return types.count(type) != 0;
}

// These are about a signal or carry a report's files: the fold takes nothing of the person from them.
bool IsAboutSignal(schema::Event::Body::Reader body) {
  return body.isSignalReceipt() || body.isSignalWithdrawn() || body.isPromptDecided() ||
         body.isSignalReceiverNamed() || body.isReportAttachment();
}

bool Names(const std::vector<std::string>& scope, const std::string& code) {
  return std::find(scope.begin(), scope.end(), code) != scope.end();
}

ConsentWord::Who WhoOf(const rules::Giver& giver) {
  using Who = ConsentWord::Who;
  if (giver.single != schema::ConsentChanged::SingleGiver::UNSET) return Who::kEnough;
  if (giver.state == State::GIVEN && giver.all_guardians == YesNo::YES) return Who::kAll;
  if (giver.own) return Who::kOwn;
  return giver.tag != 0 || giver.all_guardians == YesNo::NO ? Who::kOne : Who::kUnsaid;
}

// As builds told it that did not tell givers apart.
rules::Giver Alone(const rules::Consent& consent) {
  rules::Giver giver;
  giver.state = consent.state;
  giver.scope = consent.scope;
  giver.expires = consent.expires;
  giver.all_guardians = consent.all_guardians;
  return giver;
}

// Every identity that a link in the log may have joined with this one. A correction that was first told of another
// person names that one as well: whether they are one is the rules' answer, not this one's.
Result<std::set<SubjectId>> Near(const Store& store, const SubjectId& subject) {
  std::map<SubjectId, std::set<SubjectId>> joined;
  Status inner = Ok();
  SAM_TRY(store.Scan(spaces::kJournal, "", "", [&](std::string_view, std::string_view bytes) {
    const auto header = journal::DecodeHeader(bytes);
    if (!header.ok()) inner = header.error();
    if (header.ok() && header->kind == journal::Kind::EVENT)
      for (const SubjectId& other : header->linked) {
        joined[header->subject].insert(other);
        joined[other].insert(header->subject);
      }
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  std::set<SubjectId> near = {subject};
  std::vector<SubjectId> todo = {subject};
  while (!todo.empty()) {
    const SubjectId one = todo.back();
    todo.pop_back();
    for (const SubjectId& other : joined[one])
      if (near.insert(other).second) todo.push_back(other);
  }
  return near;
}

bool IsAbout(const journal::Header& header, const std::set<SubjectId>& persons) {
  return header.kind == journal::Kind::EVENT && header.about.empty() && !dispatch::IsOwnEvent(header) &&
         persons.count(header.subject) != 0;
}

}  // namespace

Result<Configurations> ReadConfigurations(const Store& store) {
  Configurations out;
  SAM_TRY(store.Scan(spaces::kConfig, "", "", [&](std::string_view key, std::string_view value) {
    auto settings = dispatch::ParseSettings(value);
    if (settings.ok() && key.size() == 8) out.emplace(ReadBigEndian64(key), std::move(*settings));
    return true;
  }));
  return out;
}

std::vector<ConsentWord> ConsentsTo(const std::string& code, const std::vector<rules::Consent>& consents) {
  std::vector<ConsentWord> out;
  size_t number = 0;
  for (const rules::Consent& consent : consents) {
    std::vector<rules::Giver> givers = consent.givers;
    if (givers.empty()) givers.push_back(Alone(consent));
    if (std::none_of(givers.begin(), givers.end(), [&](const auto& one) { return Names(one.scope, code); }))
      continue;
    ++number;
    for (const rules::Giver& giver : givers)
      // Who takes back ends it for whatever it was given.
      if (giver.state != State::GIVEN || Names(giver.scope, code))
        out.push_back({number, giver.state, WhoOf(giver), giver.expires});
  }
  return out;
}

SubjectId KnownOverTime::Follow(SubjectId subject) const {
  // A merge never goes in a circle: it is made of what was followed.
  for (auto at = states_.find(subject); at != states_.end() && !at->second.merged_into.empty();
       at = states_.find(subject))
    subject = at->second.merged_into;
  return subject;
}

void KnownOverTime::Take(const journal::Record& record) {
  if (!record.payload) return;
  const auto message = wire::Parse<schema::Event>(*record.payload);
  if (!message.ok()) return;  // as the fold passes it by
  const schema::Event::Reader event = message->get();
  const journal::Header& header = record.header;
  const std::string type = event.getHeader().getType().cStr();
  if (TellsTheGate(type)) told_.push_back({header.subject, {header.offset.value, header.time, type}});
  if (IsAboutSignal(event.getBody())) return;
  static const dispatch::Settings none;
  const auto after = configurations_.upper_bound(header.offset.value);
  const dispatch::Settings& settings = after == configurations_.begin() ? none : std::prev(after)->second;
  const rules::EventView view = dispatch::ViewUnder(settings, event, header.offset);
  const rules::Context context{settings.programmes, settings.rules, header.time};
  const SubjectId subject = Follow(header.subject);
  const bool links = event.getBody().isPersonIdLinked();
  for (const SubjectId& earlier : header.linked)
    if (const SubjectId other = Follow(earlier); !links && other != subject)
      rules::OnTakenElsewhere(states_[other], view, context);
  rules::OnEvent(states_[subject], view, context);
  if (links) Merge(header, subject, settings);
}

// As Dispatcher::MergeLinked: what the rules keep apart stays apart.
void KnownOverTime::Merge(const journal::Header& header, const SubjectId& into,
                          const dispatch::Settings& settings) {
  for (const SubjectId& linked : header.linked) {
    const SubjectId old = Follow(linked);
    if (old == into) continue;
    rules::SubjectState& from = states_[old];
    if (!rules::Merge(states_[into], from, settings.fold >= 7, settings.fold >= 8)) continue;
    from = {};
    from.merged_into = into;
  }
}

Known KnownOverTime::Of(const SubjectId& subject) const {
  Known known;
  const SubjectId now = Follow(subject);
  if (const auto state = states_.find(now); state != states_.end()) {
    known.protection = state->second.protection;
    known.birth_date = state->second.birth_date;
    known.consents = state->second.consents;
  }
  std::map<std::string, KnownFact> newest;
  for (const Told& told : told_)
    if (Follow(told.subject) == now) newest[told.fact.type] = told.fact;
  for (const auto& [type, fact] : newest) known.facts.push_back(fact);
  std::sort(known.facts.begin(), known.facts.end(),
            [](const KnownFact& a, const KnownFact& b) { return a.offset < b.offset; });
  return known;
}

Result<std::map<uint64_t, Known>> KnownAt(const Store& store, const journal::Reader& reader,
                                          const Configurations& configurations, const SubjectId& subject,
                                          const std::set<uint64_t>& causes) {
  std::map<uint64_t, Known> out;
  if (subject.empty()) return out;  // of nobody, like a notice about a time limit
  SAM_ASSIGN(const std::set<SubjectId> near, Near(store, subject));
  std::vector<Offset> events;
  Status inner = Ok();
  SAM_TRY(store.Scan(spaces::kJournal, "", "", [&](std::string_view, std::string_view bytes) {
    const auto header = journal::DecodeHeader(bytes);
    if (!header.ok()) inner = header.error();
    if (header.ok() && header->offset < reader.durable() && IsAbout(*header, near))
      events.push_back(header->offset);
    return inner.ok();
  }));
  SAM_TRY(std::move(inner));
  KnownOverTime known(configurations);
  auto next = events.begin();
  for (const uint64_t cause : causes) {
    for (; next != events.end() && next->value <= cause; ++next) {
      SAM_ASSIGN(const journal::Record record, reader.Read(*next));
      known.Take(record);
    }
    out[cause] = known.Of(subject);
  }
  return out;
}

}  // namespace sam::admin
