#include "adapters/program/hub_gate.h"

#include <poll.h>

#include <utility>

#include "adapters/kit/json_text.h"
#include "adapters/program/adapter.h"
#include "broker/contract/catalogue.h"

namespace sam::program {
namespace {

constexpr int kPauseMs = 5;

class Lines {
 public:
  explicit Lines(contract::Language language) : language_(language) {}

  void Add(int indent, const std::string& line) {
    out_.append(static_cast<size_t>(indent), ' ').append(line).append("\n");
  }
  void Say(int indent, const char* id,
           const std::vector<std::pair<std::string, std::string>>& values = {}) {
    Add(indent, contract::Text(id, language_, values));
  }
  std::string Take() { return std::move(out_); }

 private:
  contract::Language language_;
  std::string out_;
};

std::string Joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out.append(out.empty() ? "" : ", ").append(one);
  return out;
}

void SaySignal(const wire::TrialSignal& signal, contract::Language language, Lines& lines) {
  using Outcome = wire::TrialSignal::Outcome;
  const std::vector<std::pair<std::string, std::string>> values = {
      {"code", signal.code},
      {"kind", contract::Text("signal." + signal.code, language)},
      {"class", std::string(1, contract::ClassLetter(signal.legal_class))},
      {"receiver", signal.receiver.empty() ? contract::Text("trial.nobody", language)
                                           : signal.receiver}};
  const bool goes = signal.outcome == Outcome::DELIVER;
  lines.Say(6, goes                                  ? "trial.deliver"
               : signal.outcome == Outcome::HELD ? "trial.held"
                                                     : "trial.denied",
            values);
  for (const std::string& reason : signal.reasons)
    lines.Say(8, "trial.reason", {{"reason", contract::Text(reason, language)}});
  if (!goes) return;
  lines.Say(8, "trial.ground", {{"ground", contract::Text(signal.ground, language)}});
  if (signal.masked.empty())
    lines.Say(8, "trial.masked.none");
  else
    lines.Say(8, "trial.masked", {{"fields", Joined(signal.masked)}});
}

std::string ListJson(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out.append(out.empty() ? "" : ",").append(kit::JsonText(one));
  return "[" + out + "]";
}

std::string SignalJson(const wire::TrialSignal& signal) {
  using Outcome = wire::TrialSignal::Outcome;
  const char* const outcome = signal.outcome == Outcome::DELIVER ? "deliver"
                              : signal.outcome == Outcome::HELD  ? "held"
                                                                 : "denied";
  const std::string letter(1, contract::ClassLetter(signal.legal_class));
  return "{\"signal\":" + kit::JsonText(signal.code) + kit::JsonField("class", kit::JsonText(letter)) +
         kit::JsonField("outcome", kit::JsonText(outcome)) +
         kit::JsonField("receiver", kit::JsonText(signal.receiver)) +
         kit::JsonField("rule", kit::JsonText(signal.rule)) +
         kit::JsonField("ground", kit::JsonText(signal.ground)) +
         kit::JsonField("reasons", ListJson(signal.reasons)) +
         kit::JsonField("masked", ListJson(signal.masked)) + "}";
}

}  // namespace

std::string GateText(const wire::TrialAnswer& answer, contract::Language language) {
  Lines lines(language);
  lines.Say(4, "trial.title");
  if (answer.refused != wire::Refusal::NONE) {
    lines.Say(6, "trial.refused",
              {{"code", wire::RefusalName(answer.refused)}, {"field", answer.field}});
    return lines.Take();
  }
  for (const wire::TrialSignal& signal : answer.signals) SaySignal(signal, language, lines);
  if (answer.signals.empty()) lines.Say(6, "trial.none");
  if (answer.watched > 0)
    lines.Say(6, "trial.watched", {{"count", std::to_string(answer.watched)}});
  lines.Say(6, "trial.alone", {{"config", answer.config}});
  return lines.Take();
}

std::string GateJson(const wire::TrialAnswer& answer) {
  if (answer.refused != wire::Refusal::NONE)
    return "{\"refused\":" + kit::JsonText(wire::RefusalName(answer.refused)) +
           kit::JsonField("field", kit::JsonText(answer.field)) + "}";
  std::string signals;
  for (const wire::TrialSignal& signal : answer.signals)
    signals += (signals.empty() ? "" : ",") + SignalJson(signal);
  return "{\"signals\":[" + signals + "]" + kit::JsonField("watched", std::to_string(answer.watched)) +
         kit::JsonField("config", kit::JsonText(answer.config)) + "}";
}

Result<std::unique_ptr<HubGate>> HubGate::Open(const kit::AdapterConfig& config,
                                               contract::Language language, const Clock& clock) {
  std::unique_ptr<HubGate> out(new HubGate(config, language, clock));
  SAM_ASSIGN(out->link_, LinkToHub(out->context_, config, clock));
  out->client_ = std::make_unique<client::TrialClient>(*out->link_);
  return out;
}

Result<kit::GateWord> HubGate::Ask(const std::string& event) {
  client_->Ask(event);
  const int64_t begin = clock_.SteadyMicros();
  for (;;) {
    const int64_t now = clock_.SteadyMicros();
    SAM_ASSIGN(const auto answer, client_->Step(now));
    if (answer)
      return kit::GateWord{GateText(*answer, language_), GateJson(*answer),
                           answer->refused != wire::Refusal::NONE};
    const bool reached = link_->generation() > 0;
    if (now - begin > (reached ? kAnswerMs : kConnectMs) * 1000) {
      std::string why = link_->last_failure();
      if (why.empty()) why = reached ? "it is connected and silent" : "nobody answers there";
      return Unavailable("no answer from the hub at " + config_.hub_endpoint + ": " + why +
                         "; without --with-gate the files are tried without a hub");
    }
    ::poll(nullptr, 0, kPauseMs);  // a link's socket is no file to wait on, and a tool has time
  }
}

}  // namespace sam::program
