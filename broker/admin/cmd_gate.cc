// gate explain: every decision about a signal, in order, in words; and what each rested on.
#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/gate_known.h"
#include "broker/admin/record_view.h"
#include "broker/admin/signal_view.h"
#include "broker/base/text.h"
#include "broker/contract/printer.h"
#include "broker/dispatch/settings.h"
#include "broker/routing/age.h"
#include "broker/routing/ceilings.h"
#include "broker/store/spaces.h"

namespace sam::admin {
namespace {

constexpr int kHopsMax = 16;

// An input that changes what the gate is told of the person: consent, protection, where they live.
struct Fact {
  uint64_t offset = 0;
  Millis time;
  std::string type;
};

// All that the log holds about one person's signals: decisions by signal, and facts; in order.
struct Story {
  std::map<SignalId, std::vector<DecisionSummary>> decisions;
  std::vector<Fact> facts;
  KnownOverTime known;
  std::map<std::string, dispatch::Settings> configurations;  // by version
};

bool TellsTheGate(const std::string& type) {
  static const std::set<std::string> types = {
      "consent.changed",      "person.protection.changed", "person.moved",
      "person.id.linked",     "bvc.child.registered",      "bvc.child.transferred",
      "signal.receiver.named"};
  return types.count(type) != 0;
}

Status ReadConfigurations(const LogView& view, Story& story) {
  return view.store().Scan(spaces::kConfig, "", "", [&](std::string_view, std::string_view value) {
    auto settings = dispatch::ParseSettings(value);
    if (settings.ok()) story.configurations[settings->version] = std::move(*settings);
    return true;
  });
}

Result<Story> StoryOf(const LogView& view, const SubjectId& subject) {
  Story story;
  SAM_TRY(ReadConfigurations(view, story));
  Status inner = Ok();
  const auto each = [&](journal::Record&& record) {
    if (record.header.subject != subject) return true;
    if (record.header.kind == journal::Kind::EVENT) {
      const std::string type = Summary(record);
      if (TellsTheGate(type))
        story.facts.push_back({record.header.offset.value, record.header.time, type});
      inner = story.known.Take(record);
      return inner.ok();
    }
    if (record.header.kind != journal::Kind::DECISION) return true;
    auto decision = SummaryOf(record);
    if (!decision.ok()) inner = decision.error();
    else story.decisions[decision->signal].push_back(std::move(*decision));
    return inner.ok();
  };
  SAM_TRY(view.reader().Scan(Offset(0), view.reader().durable(), SIZE_MAX, each));
  SAM_TRY(std::move(inner));
  return story;
}

// The agreement of that configuration that narrows this route; empty: none does.
std::string AgreementOf(const Story& story, const DecisionSummary& decision) {
  const auto found = story.configurations.find(decision.config_version);
  if (found == story.configurations.end() || decision.legal_class == "A") return "";
  const dispatch::Settings& settings = found->second;
  const routing::Function* sender = settings.directory.FunctionById(decision.sender);
  const routing::Function* receiver = settings.directory.FunctionById(decision.receiver);
  if (sender == nullptr || receiver == nullptr) return "";
  const auto listed = settings.agreements.Find(decision.code, sender->authority, *receiver);
  for (const routing::Agreement* one : listed)
    if (one->validity.Holds(decision.time)) return one->id;
  return listed.empty() ? "" : listed.front()->id;
}

// The facts that were in force: of each type the newest one before the input that was decided on.
std::vector<Fact> FactsOf(const Story& story, const DecisionSummary& decision) {
  std::map<std::string, Fact> newest;
  for (const Fact& fact : story.facts)
    if (fact.offset <= std::max(decision.cause, decision.offset)) newest[fact.type] = fact;
  std::vector<Fact> out;
  out.reserve(newest.size());
  for (const auto& [type, fact] : newest) out.push_back(fact);
  std::sort(out.begin(), out.end(), [](const Fact& a, const Fact& b) { return a.offset < b.offset; });
  return out;
}

std::string CauseOf(const LogView& view, const DecisionSummary& decision, std::string* kind) {
  auto record = view.reader().Read(Offset(decision.cause));
  if (!record.ok()) return "";
  *kind = HeaderJson(record->header)["kind"].get<std::string>();
  return record->header.kind == journal::Kind::EVENT ? Summary(*record) : "";
}

class Explainer {
 public:
  Explainer(Context& context, const LogView& view, const Story& story)
      : context_(context), view_(view), story_(story) {}

  void Tell(const SignalSummary& signal) {
    Say(0, "explain.title", {{"kind", Word("signal." + signal.code)}, {"code", signal.code},
                             {"class", signal.legal_class}, {"signal", ToUuid(signal.id.view())}});
    Say(2, "explain.sender", {{"sender", OrNobody(signal.sender)}});
    const auto found = story_.decisions.find(signal.id);
    int number = 0;
    if (found != story_.decisions.end())
      for (const DecisionSummary& decision : found->second) TellOne(++number, decision);
    if (number == 0) Say(2, "explain.none");
    if (signal.withdrawn) {
      Say(2, "explain.withdrawn");
      for (const std::string& reason : signal.reasons)
        Say(4, "explain.reason", {{"reason", Word(reason)}});
    }
    if (!signal.released_as.empty()) Say(2, "explain.next", {{"signal", signal.released_as}});
  }

 private:
  using Values = std::vector<std::pair<std::string, std::string>>;
  std::string Word(const std::string& id) const { return contract::Text(id, context_.language); }
  std::string OrNobody(const std::string& function) const {
    return function.empty() ? Word("trial.nobody") : function;
  }
  void Say(size_t indent, const std::string& id, const Values& values = {}) {
    context_.out.Line(std::string(indent, ' ').append(contract::Text(id, context_.language, values)));
  }

  void TellOne(int number, const DecisionSummary& d) {
    std::string kind;
    const std::string cause = CauseOf(view_, d, &kind);
    const std::string agreement = AgreementOf(story_, d);
    const std::vector<Fact> facts = FactsOf(story_, d);
    if (context_.out.json()) return Json(number, d, kind, cause, agreement, facts);
    const std::string time = contract::SwedishTime(d.time);
    Say(2, "explain.decision", {{"number", std::to_string(number)}, {"time", time},
                                {"offset", std::to_string(d.offset)}});
    Say(4, "explain.outcome." + d.outcome, {{"receiver", OrNobody(d.receiver)}});
    if (!d.withheld.empty()) Say(6, "explain.reason", {{"reason", Word("withheld." + d.withheld)}});
    for (const std::string& reason : d.reasons)
      Say(6, "explain.reason", {{"reason", Word(reason)}});
    if (!d.ground.empty()) Say(4, "trial.ground", {{"ground", Word(d.ground)}});
    if (!d.masked.empty()) Say(4, "trial.masked", {{"fields", Joined(d.masked)}});
    if (d.sequence > 0) Say(4, "explain.number", {{"number", std::to_string(d.sequence)}});
    if (d.replayed) Say(4, "explain.replayed");
    Say(4, "explain.cause." + kind, {{"type", cause}, {"offset", std::to_string(d.cause)}});
    Say(4, "explain.rule", {{"rule", d.rule}, {"config", d.config_version}});
    if (agreement.empty()) Say(4, "explain.agreement.none");
    else Say(4, "explain.agreement", {{"agreement", agreement}, {"config", d.config_version}});
    TellInputs(d);
    Say(4, "explain.facts");
    for (const uint64_t offset : d.evidence) TellFact(offset);
    for (const Fact& fact : facts)
      Say(6, "explain.fact", {{"type", fact.type}, {"offset", std::to_string(fact.offset)},
                              {"time", contract::SwedishTime(fact.time)}});
  }

  // What the decision was made of, as it was known then.
  void TellInputs(const DecisionSummary& d) {
    TellParty("explain.party.sender", d, d.sender);
    TellParty("explain.party.receiver", d, d.receiver);
    const Known known = story_.known.At(std::max(d.cause, d.offset));
    const auto years = routing::YearsOld(known.birth_date, d.time, routing::Days::kSwedish);
    const std::string age = years ? contract::Text("explain.person.age", context_.language,
                                                   {{"years", std::to_string(*years)}})
                                  : Word("explain.person.age.unknown");
    Say(4, "explain.person", {{"age", age}, {"protection", Word(ProtectionId(known.protection))}});
    const routing::Ceiling* const ceiling = routing::CeilingOf(d.code);
    const std::vector<KnownConsent> consents = known.For(d.code);
    if (consents.empty() && ceiling != nullptr && ceiling->needs_consent)
      Say(4, "explain.consent.none", {{"code", d.code}});
    for (const KnownConsent& one : consents) TellConsent(d.code, one);
  }

  void TellParty(const char* text, const DecisionSummary& d, const std::string& name) {
    const auto found = story_.configurations.find(d.config_version);
    if (name.empty() || found == story_.configurations.end()) return;
    const routing::Directory& directory = found->second.directory;
    const routing::Function* const function = directory.FunctionById(name);
    const routing::Authority* const authority =
        function == nullptr ? nullptr : directory.AuthorityById(function->authority);
    if (authority == nullptr) return;
    Say(4, text, {{"function", name}, {"role", Word("subject.role." + routing::RoleName(function->role))},
                  {"authority", authority->name.empty() ? authority->id : authority->name}});
  }

  void TellConsent(const std::string& code, const KnownConsent& one) {
    const char* who = "explain.consent.who.one";
    if (one.one_is_enough) who = "explain.consent.who.enough";
    if (one.all_guardians) who = "explain.consent.who.all";
    const std::string until = one.expires.empty()
                                  ? Word("explain.consent.open")
                                  : contract::Text("explain.consent.until", context_.language,
                                                   {{"day", one.expires}});
    Say(4, "explain.consent", {{"code", code}, {"state", Word(ConsentId(one.state))}, {"who", Word(who)},
                               {"until", until}});
  }

  static const char* ProtectionId(schema::Protection protection) {
    switch (protection) {
      case schema::Protection::NONE: return "explain.protection.none";
      case schema::Protection::SEKRETESSMARKERING: return "explain.protection.marked";
      case schema::Protection::SKYDDAD_FOLKBOKFORING: return "explain.protection.registered-elsewhere";
      default: return "explain.protection.unknown";
    }
  }

  static const char* ConsentId(schema::ConsentChanged::State state) {
    switch (state) {
      case schema::ConsentChanged::State::GIVEN: return "explain.consent.given";
      case schema::ConsentChanged::State::WITHDRAWN: return "explain.consent.withdrawn";
      case schema::ConsentChanged::State::EXPIRED: return "explain.consent.expired";
      default: return "explain.consent.unknown";
    }
  }

  void TellFact(uint64_t offset) {
    const auto record = view_.reader().Read(Offset(offset));
    if (!record.ok()) return;
    Say(6, "explain.evidence", {{"type", record->payload ? Summary(*record) : Word("gate.evidence.gone")},
                                {"offset", std::to_string(offset)},
                                {"time", contract::SwedishTime(record->header.time)}});
  }

  static std::string Joined(const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& one : all) out.append(out.empty() ? "" : ", ").append(one);
    return out;
  }

  void Json(int number, const DecisionSummary& d, const std::string& kind, const std::string& cause,
            const std::string& agreement, const std::vector<Fact>& facts) {
    std::vector<std::string> words;
    for (const std::string& reason : d.reasons) words.push_back(Word(reason));
    nlohmann::json rested = nlohmann::json::array();
    for (const Fact& fact : facts)
      rested.push_back({{"offset", fact.offset}, {"type", fact.type}, {"time", ToIso(fact.time)}});
    context_.out.Object(
        "decision",
        {{"number", number}, {"signal", ToUuid(d.signal.view())}, {"offset", d.offset},
         {"time", ToIso(d.time)}, {"code", d.code}, {"class", d.legal_class},
         {"outcome", d.outcome}, {"sender", d.sender}, {"receiver", d.receiver},
         {"ground", d.ground}, {"groundText", d.ground.empty() ? "" : Word(d.ground)},
         {"reasons", d.reasons}, {"reasonsText", words}, {"withheld", d.withheld},
         {"masked", d.masked}, {"sequence", d.sequence}, {"lane", d.lane},
         {"replayed", d.replayed}, {"late", d.late}, {"rule", d.rule},
         {"config", d.config_version}, {"agreement", agreement},
         {"consentVersion", d.consent_version}, {"protectionVersion", d.protection_version},
         {"evidence", d.evidence}, {"facts", rested}, {"cause", d.cause},
         {"causeKind", kind}, {"causeType", cause}});
  }

  Context& context_;
  const LogView& view_;
  const Story& story_;
};

}  // namespace

int GateExplain(Context& context, const std::string& id) {
  const auto raw = FromUuid(id);
  const auto asked = raw ? SignalId::From(*raw) : std::nullopt;
  if (!asked)
    return context.out.Fail(
        Invalid("expected a signal id like 0193e0c4-7b2a-7c1e-8f00-0a1b2c3d4e5f; "
                "`samsignal signals` lists them"));
  auto opened = LogView::Open(context.config);
  if (!opened.ok()) return context.out.Fail(opened.error());
  const LogView& view = **opened;
  auto signal = ReadSignal(view, *asked);
  if (!signal.ok()) return context.out.Fail(signal.error());
  const auto story = StoryOf(view, signal->subject);
  if (!story.ok()) return context.out.Fail(story.error());
  Explainer explainer(context, view, *story);
  explainer.Tell(*signal);
  // What was held goes on under another id once its receiver is known.
  for (int hops = 0; hops < kHopsMax && !signal->released_as.empty(); ++hops) {
    const auto next = SignalId::From(FromUuid(signal->released_as).value_or(""));
    signal = ReadSignal(view, next.value_or(SignalId{}));
    if (!signal.ok()) return context.out.Fail(signal.error());
    explainer.Tell(*signal);
  }
  return kOk;
}

}  // namespace sam::admin
