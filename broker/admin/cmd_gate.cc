// gate explain: every decision about a signal, in order, in words; and what each rested on.
#include <map>
#include <optional>
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

// All that the log holds about the decisions on one signal and on those that it went on as.
struct Story {
  std::vector<SignalSummary> signals;
  std::map<SignalId, std::vector<DecisionSummary>> decisions;
  std::map<uint64_t, Known> known;  // by the offset of the input that was decided on
  Configurations configurations;
};

// What was held goes on under another id once its receiver is known.
Status ReadChain(const LogView& view, SignalId id, Story& story) {
  for (int hops = 0; hops <= kHopsMax; ++hops) {
    SAM_ASSIGN(SignalSummary signal, ReadSignal(view, id));
    story.signals.push_back(std::move(signal));
    const std::string& next = story.signals.back().released_as;
    if (next.empty()) break;
    id = SignalId::From(FromUuid(next).value_or("")).value_or(SignalId{});
  }
  return Ok();
}

Status ReadDecisions(const LogView& view, Story& story) {
  for (const SignalSummary& signal : story.signals) story.decisions[signal.id];
  Status inner = Ok();
  const auto each = [&](journal::Record&& record) {
    if (record.header.kind != journal::Kind::DECISION) return true;
    auto decision = SummaryOf(record);
    if (!decision.ok()) inner = decision.error();
    else if (const auto found = story.decisions.find(decision->signal); found != story.decisions.end())
      found->second.push_back(std::move(*decision));
    return inner.ok();
  };
  SAM_TRY(view.reader().Scan(Offset(0), view.reader().durable(), SIZE_MAX, each));
  return inner;
}

Result<Story> StoryOf(const LogView& view, const SignalId& id) {
  Story story;
  SAM_TRY(ReadChain(view, id, story));
  SAM_ASSIGN(story.configurations, ReadConfigurations(view.store()));
  SAM_TRY(ReadDecisions(view, story));
  std::set<uint64_t> causes;
  for (const auto& [signal, decisions] : story.decisions)
    for (const DecisionSummary& decision : decisions) causes.insert(decision.cause);
  SAM_ASSIGN(story.known, KnownAt(view.store(), view.reader(), story.configurations,
                                  story.signals.front().subject, causes));
  return story;
}

// The newest of that name: an edition of the fold may have come with the same files.
const dispatch::Settings* SettingsOf(const Story& story, const DecisionSummary& decision) {
  const dispatch::Settings* found = nullptr;
  for (const auto& [offset, settings] : story.configurations)
    if (settings.version == decision.config_version) found = &settings;
  return found;
}

// The agreement of that configuration that narrows this route; empty: none does.
std::string AgreementOf(const Story& story, const DecisionSummary& decision) {
  const dispatch::Settings* const found = SettingsOf(story, decision);
  if (found == nullptr || decision.legal_class == "A") return "";
  const dispatch::Settings& settings = *found;
  const routing::Function* sender = settings.directory.FunctionById(decision.sender);
  const routing::Function* receiver = settings.directory.FunctionById(decision.receiver);
  if (sender == nullptr || receiver == nullptr) return "";
  const auto listed = settings.agreements.Find(decision.code, sender->authority, *receiver);
  for (const routing::Agreement* one : listed)
    if (one->validity.Holds(decision.time)) return one->id;
  return listed.empty() ? "" : listed.front()->id;
}

std::string CauseOf(const LogView& view, const DecisionSummary& decision, std::string* kind) {
  auto record = view.reader().Read(Offset(decision.cause));
  if (!record.ok()) return "";
  *kind = HeaderJson(record->header)["kind"].get<std::string>();
  return record->header.kind == journal::Kind::EVENT ? Summary(*record) : "";
}

// Words of the tool's --json, and the last part of text ids.
const char* NameOf(schema::Protection protection) {
  switch (protection) {
    case schema::Protection::NONE: return "none";
    case schema::Protection::SEKRETESSMARKERING: return "marked";
    case schema::Protection::SKYDDAD_FOLKBOKFORING: return "registered-elsewhere";
    default: return "unknown";
  }
}

const char* NameOf(schema::ConsentChanged::State state) {
  switch (state) {
    case schema::ConsentChanged::State::GIVEN: return "given";
    case schema::ConsentChanged::State::WITHDRAWN: return "withdrawn";
    case schema::ConsentChanged::State::EXPIRED: return "expired";
    default: return "unknown";
  }
}

const char* NameOf(ConsentWord::Who who) {
  switch (who) {
    case ConsentWord::Who::kAll: return "all";
    case ConsentWord::Who::kEnough: return "enough";
    case ConsentWord::Who::kOwn: return "own";
    case ConsentWord::Who::kOne: return "one";
    default: return "unsaid";
  }
}

// Sender or receiver as the configuration of the decision has them; `authority` empty: it does not.
struct Party {
  std::string function, role, authority;
};

Party PartyOf(const Story& story, const DecisionSummary& decision, const std::string& name) {
  const dispatch::Settings* const settings = SettingsOf(story, decision);
  if (name.empty() || settings == nullptr) return {};
  const routing::Function* const function = settings->directory.FunctionById(name);
  const routing::Authority* const authority =
      function == nullptr ? nullptr : settings->directory.AuthorityById(function->authority);
  if (authority == nullptr) return {};
  return {name, routing::RoleName(function->role), authority->name.empty() ? authority->id : authority->name};
}

// What the decision was made of, as it was known when its input was folded.
struct Inputs {
  std::string cause, cause_kind, agreement;
  Party sender, receiver;
  std::optional<int64_t> years;
  Known known;
  std::vector<ConsentWord> consents;
  bool wants_consent = false;
};

Inputs InputsOf(const LogView& view, const Story& story, const DecisionSummary& decision) {
  Inputs out;
  out.cause = CauseOf(view, decision, &out.cause_kind);
  out.agreement = AgreementOf(story, decision);
  out.sender = PartyOf(story, decision, decision.sender);
  out.receiver = PartyOf(story, decision, decision.receiver);
  // What was told between that input and the writing of the decision was not known: inputs are folded in groups.
  if (const auto found = story.known.find(decision.cause); found != story.known.end())
    out.known = found->second;
  out.years = routing::YearsOld(out.known.birth_date, decision.time, routing::Days::kSwedish);
  out.consents = ConsentsTo(decision.code, out.known.consents);
  const routing::Ceiling* const ceiling = routing::CeilingOf(decision.code);
  out.wants_consent = ceiling != nullptr && ceiling->needs_consent;
  return out;
}

nlohmann::json PartyJson(const Party& party) {
  return {{"function", party.function}, {"role", party.role}, {"authority", party.authority}};
}

nlohmann::json InputsJson(const Inputs& in) {
  nlohmann::json consents = nlohmann::json::array();
  for (const ConsentWord& one : in.consents)
    consents.push_back({{"consent", one.consent}, {"state", NameOf(one.state)}, {"who", NameOf(one.who)},
                        {"until", one.expires}});
  nlohmann::json facts = nlohmann::json::array();
  for (const KnownFact& fact : in.known.facts)
    facts.push_back({{"offset", fact.offset}, {"type", fact.type}, {"time", ToIso(fact.time)}});
  nlohmann::json json = {{"senderParty", PartyJson(in.sender)}, {"receiverParty", PartyJson(in.receiver)},
                         {"age", nullptr}, {"protection", NameOf(in.known.protection)},
                         {"consents", std::move(consents)}, {"facts", std::move(facts)},
                         {"agreement", in.agreement}, {"causeKind", in.cause_kind}, {"causeType", in.cause}};
  if (in.years) json["age"] = *in.years;
  return json;
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
    const Inputs in = InputsOf(view_, story_, d);
    if (context_.out.json()) return Json(number, d, in);
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
    Say(4, "explain.cause." + in.cause_kind, {{"type", in.cause}, {"offset", std::to_string(d.cause)}});
    Say(4, "explain.rule", {{"rule", d.rule}, {"config", d.config_version}});
    if (in.agreement.empty()) Say(4, "explain.agreement.none");
    else Say(4, "explain.agreement", {{"agreement", in.agreement}, {"config", d.config_version}});
    TellInputs(d, in);
    Say(4, "explain.facts");
    for (const uint64_t offset : d.evidence) TellFact(offset);
    for (const KnownFact& fact : in.known.facts)
      Say(6, "explain.fact", {{"type", fact.type}, {"offset", std::to_string(fact.offset)},
                              {"time", contract::SwedishTime(fact.time)}});
  }

  void TellInputs(const DecisionSummary& d, const Inputs& in) {
    TellParty("explain.party.sender", in.sender);
    TellParty("explain.party.receiver", in.receiver);
    const std::string age = in.years ? contract::Text("explain.person.age", context_.language,
                                                      {{"years", std::to_string(*in.years)}})
                                     : Word("explain.person.age.unknown");
    Say(4, "explain.person",
        {{"age", age}, {"protection", Word(std::string("explain.protection.") + NameOf(in.known.protection))}});
    if (in.consents.empty() && in.wants_consent) Say(4, "explain.consent.none", {{"code", d.code}});
    for (const ConsentWord& one : in.consents) TellConsent(d.code, one);
  }

  void TellParty(const char* text, const Party& party) {
    if (party.authority.empty()) return;
    Say(4, text, {{"function", party.function}, {"role", Word("subject.role." + party.role)},
                  {"authority", party.authority}});
  }

  void TellConsent(const std::string& code, const ConsentWord& one) {
    const std::string until = one.expires.empty()
                                  ? Word("explain.consent.open")
                                  : contract::Text("explain.consent.until", context_.language,
                                                   {{"day", one.expires}});
    Say(4, "explain.consent",
        {{"number", std::to_string(one.consent)}, {"code", code},
         {"state", Word(std::string("explain.consent.") + NameOf(one.state))},
         {"who", Word(std::string("explain.consent.who.") + NameOf(one.who))}, {"until", until}});
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

  void Json(int number, const DecisionSummary& d, const Inputs& in) {
    std::vector<std::string> words;
    for (const std::string& reason : d.reasons) words.push_back(Word(reason));
    nlohmann::json json = {
        {"number", number}, {"signal", ToUuid(d.signal.view())}, {"offset", d.offset},
        {"time", ToIso(d.time)}, {"code", d.code}, {"class", d.legal_class},
        {"outcome", d.outcome}, {"sender", d.sender}, {"receiver", d.receiver},
        {"ground", d.ground}, {"groundText", d.ground.empty() ? "" : Word(d.ground)},
        {"reasons", d.reasons}, {"reasonsText", words}, {"withheld", d.withheld},
        {"masked", d.masked}, {"sequence", d.sequence}, {"lane", d.lane},
        {"replayed", d.replayed}, {"late", d.late}, {"rule", d.rule},
        {"config", d.config_version}, {"consentVersion", d.consent_version},
        {"protectionVersion", d.protection_version}, {"evidence", d.evidence}, {"cause", d.cause}};
    json.update(InputsJson(in));
    context_.out.Object("decision", std::move(json));
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
  const auto story = StoryOf(view, *asked);
  if (!story.ok()) return context.out.Fail(story.error());
  Explainer explainer(context, view, *story);
  for (const SignalSummary& signal : story->signals) explainer.Tell(signal);
  return kOk;
}

}  // namespace sam::admin
