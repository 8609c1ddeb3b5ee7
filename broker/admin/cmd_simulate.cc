// gate simulate: what rules and gate would make of the events in a file, with this configuration and an
// empty memory. Neither a hub nor a log is asked; nothing leaves, and no child that the hub knows is
// looked at.

#include <nlohmann/json.hpp>

#include "broker/admin/commands.h"
#include "broker/admin/configuration.h"
#include "broker/base/text.h"
#include "broker/base/whole_file.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/json_read.h"
#include "broker/contract/printer.h"
#include "broker/dispatch/simulation.h"
#include "broker/ingress/admit.h"
#include "broker/wire/codec.h"

namespace sam::admin {
namespace {

using schema::Outcome;

struct Told {
  std::string type;
  Millis at;
  ingress::Admission admission;
};

// Whoever tells it has the right to: who may tell what is not what is tried here.
Result<Told> Admitted(const std::string& bytes, bool test, const SecretKey& key) {
  return wire::ReadOwn<schema::Event>(bytes, [&](schema::Event::Reader event) -> Result<Told> {
    const auto header = event.getHeader();
    ingress::PeerRules peer;
    peer.name = "simulated";
    peer.systems = {std::string(wire::View(header.getSource().getSystemId()))};
    peer.controllers = {ingress::PlainOrg(wire::View(header.getController().getOrgNr()))};
    const auto body = event.getBody();
    if (body.isSignalReceipt())
      peer.functions.emplace_back(wire::View(body.getSignalReceipt().getFunction()));
    if (body.isSignalReceiverNamed())
      peer.functions.emplace_back(wire::View(body.getSignalReceiverNamed().getFunction()));
    ingress::AdmitRules rules;
    rules.test_environment = test;
    Told out;
    out.type = std::string(wire::View(header.getType()));
    out.at = Millis(header.getOccurredAt());
    out.admission = ingress::Admit(peer, bytes, rules, out.at, key);
    return out;
  });
}

const char* OutcomeId(Outcome outcome) {
  switch (outcome) {
    case Outcome::DELIVER: return "trial.deliver";
    case Outcome::HELD: return "trial.held";
    case Outcome::DENIED: return "trial.denied";
    default: return "trial.withheld";
  }
}

const char* OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::DELIVER: return "deliver";
    case Outcome::HELD: return "held";
    case Outcome::DENIED: return "denied";
    case Outcome::WITHHELD: return "withheld";
    default: return "unset";
  }
}

class Teller {
 public:
  explicit Teller(Context& context) : context_(context) {}

  void Event(size_t number, const Told& told) {
    number_ = number;
    Say(0, "simulate.event", {{"number", std::to_string(number)}, {"type", told.type},
                              {"time", contract::SwedishTime(told.at)}});
  }
  void Time(Millis until) {
    number_ = 0;
    Say(0, "simulate.until", {{"time", contract::SwedishTime(until)}});
  }
  void Refused(const Told& told) {
    Say(2, "trial.refused", {{"code", wire::RefusalName(told.admission.code)},
                             {"field", told.admission.field}});
    context_.out.Object("refused", {{"event", number_}, {"eventType", told.type},
                                    {"code", wire::RefusalName(told.admission.code)},
                                    {"field", told.admission.field}});
  }
  void Decisions(const std::vector<dispatch::DecisionFacts>& decisions) {
    if (decisions.empty()) Say(2, "simulate.none");
    for (const dispatch::DecisionFacts& facts : decisions) One(facts);
  }

 private:
  using Values = std::vector<std::pair<std::string, std::string>>;
  std::string Word(const std::string& id) const { return contract::Text(id, context_.language); }
  void Say(size_t indent, const char* id, const Values& values) {
    context_.out.Line(std::string(indent, ' ').append(contract::Text(id, context_.language, values)));
  }
  void Say(size_t indent, const char* id) { Say(indent, id, {}); }

  void One(const dispatch::DecisionFacts& f) {
    const std::string legal_class(1, contract::ClassLetter(f.legal_class));
    std::vector<std::string> words;
    words.reserve(f.reasons.size());
    for (const std::string& reason : f.reasons) words.push_back(Word(reason));
    if (context_.out.json())
      return context_.out.Object(
          "decision", {{"event", number_}, {"signal", ToUuid(f.signal.view())}, {"code", f.code},
                       {"class", legal_class}, {"outcome", OutcomeName(f.outcome)},
                       {"sender", f.sender}, {"receiver", f.receiver}, {"ground", f.ground},
                       {"rule", f.rule}, {"ruleVersion", f.version}, {"reasons", f.reasons},
                       {"reasonsText", words}, {"masked", f.masked},
                       {"config", f.versions.config}});
    Say(2, OutcomeId(f.outcome),
        {{"code", f.code}, {"kind", Word("signal." + f.code)}, {"class", legal_class},
         {"receiver", f.receiver.empty() ? Word("trial.nobody") : f.receiver}});
    for (const std::string& word : words) Say(4, "trial.reason", {{"reason", word}});
    if (!f.ground.empty()) Say(4, "trial.ground", {{"ground", Word(f.ground)}});
    std::string fields;
    for (const std::string& path : f.masked) fields.append(fields.empty() ? "" : ", ").append(path);
    if (!fields.empty()) Say(4, "trial.masked", {{"fields", fields}});
    Say(4, "explain.rule", {{"rule", f.rule + " " + f.version}, {"config", f.versions.config}});
  }

  Context& context_;
  size_t number_ = 0;
};

}  // namespace

int GateSimulate(Context& context, const std::string& file, const std::string& until) {
  const std::optional<Millis> end = until.empty() ? std::nullopt : FromIso(until);
  if (!until.empty() && !end)
    return context.out.Fail(Invalid("--until: expected a time like 2026-03-02T09:15:00Z"));
  auto loaded = LoadConfiguration(context.config);
  if (!loaded.ok()) return context.out.Fail(loaded.error());
  const auto text = ReadWholeFile(file);
  if (!text.ok()) return context.out.Fail(text.error());
  const auto events = contract::EventsFromJson(*text);
  if (!events.ok()) return context.out.Fail(Wrap(file, events.error()));
  dispatch::Simulation simulation;
  const Status ready = simulation.Load(loaded->record);
  if (!ready.ok()) return context.out.Fail(ready.error());
  const SecretKey key = SecretKey::Random();
  Teller teller(context);
  size_t refused = 0;
  Millis now(0);
  for (size_t i = 0; i < events->size(); ++i) {
    const auto told = Admitted((*events)[i], context.config.test(), key);
    if (!told.ok()) return context.out.Fail(told.error());
    teller.Event(i + 1, *told);
    if (told->admission.code != wire::Refusal::NONE) {
      ++refused;
      teller.Refused(*told);
      continue;
    }
    now = std::max(now, told->at);
    const auto decisions = simulation.Tell(told->admission.draft, now);
    if (!decisions.ok()) return context.out.Fail(decisions.error());
    teller.Decisions(*decisions);
  }
  if (end) {
    teller.Time(*end);
    const auto decisions = simulation.Until(*end);
    if (!decisions.ok()) return context.out.Fail(decisions.error());
    teller.Decisions(*decisions);
  }
  return refused == 0 ? kOk : kPartial;
}

}  // namespace sam::admin
