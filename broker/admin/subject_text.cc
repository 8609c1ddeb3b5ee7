// The report to a person concerned, for people and for machines. Pure.
#include <nlohmann/json.hpp>

#include "broker/admin/subject_view.h"
#include "broker/base/text.h"
#include "broker/contract/catalogue.h"
#include "broker/contract/printer.h"

namespace sam::admin {
namespace {

using contract::Language;

// A name of the directory stands for itself.
std::string Words(const std::string& id, Language language) { return contract::Text(id, language); }

std::string TypeWords(const std::string& type, Language language) {
  if (type.empty()) return Words("subject.disposed", language);
  const contract::EventType* const known = contract::EventTypeByName(type);
  if (language == Language::kSwedish && known != nullptr && !known->sv.empty()) return known->sv;
  std::string words = type;
  for (char& c : words)
    if (c == '.') c = ' ';
  return words;
}

std::string SignalWords(const SignalSummary& signal, Language language) {
  const std::string id = "signal." + signal.code;
  return contract::HasText(id) ? Words(id, language) + " (" + signal.code + ")" : signal.code;
}

std::string OutcomeWords(const std::string& outcome, Language language) {
  const std::string id = "subject.outcome." + outcome;
  return contract::HasText(id) ? Words(id, language) : outcome;
}

std::vector<std::string> ReasonWords(const DecisionSummary& decision, Language language) {
  std::vector<std::string> out;
  out.reserve(decision.reasons.size() + 1);
  for (const std::string& reason : decision.reasons) out.push_back(Words(reason, language));
  if (!decision.withheld.empty()) out.push_back(Words("withheld." + decision.withheld, language));
  return out;
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out.append(out.empty() ? "" : " ").append(part);
  return out;
}

nlohmann::json DecisionJson(const DecisionSummary& decision, Language language) {
  nlohmann::json json = {{"at", ToIso(decision.time)},
                         {"outcome", decision.outcome},
                         {"outcomeText", OutcomeWords(decision.outcome, language)},
                         {"ground", decision.ground},
                         {"rule", decision.rule},
                         {"reasons", decision.reasons},
                         {"reasonsText", ReasonWords(decision, language)},
                         {"masked", decision.masked},
                         {"replayed", decision.replayed}};
  if (!decision.ground.empty()) json["groundText"] = Words(decision.ground, language);
  return json;
}

nlohmann::json SignalJson(const SubjectSignal& told, Language language) {
  const SignalSummary& signal = told.signal;
  nlohmann::json json = {{"signal", ToUuid(signal.id.view())},
                         {"code", signal.code},
                         {"what", SignalWords(signal, language)},
                         {"class", signal.legal_class},
                         {"from", Words(told.from, language)},
                         {"to", Words(told.to, language)},
                         {"why", Words(told.why, language)},
                         {"withdrawn", signal.withdrawn},
                         {"weighHarm", told.harm},
                         {"decisions", nlohmann::json::array()},
                         {"receipts", nlohmann::json::array()}};
  if (!signal.about.empty()) json["about"] = signal.about;
  for (const DecisionSummary& decision : signal.decisions)
    json["decisions"].push_back(DecisionJson(decision, language));
  for (const LadderEntry& step : signal.ladder)
    json["receipts"].push_back(
        {{"step", step.state},
         {"stepText", contract::EnumText("LadderState", step.state, language)},
         {"at", ToIso(step.at)},
         {"answer", step.answer},
         {"answerText", step.answer.empty() ? "" : contract::EnumText("Answer", step.answer, language)}});
  return json;
}

void AddDecision(const DecisionSummary& decision, Language language, std::vector<std::string>& out) {
  const auto say = [&](const char* id, const std::string& value) {
    out.push_back("    " + contract::Text(id, language, {{"value", value}}));
  };
  say("subject.decided", contract::SwedishTime(decision.time) + ": " +
                             OutcomeWords(decision.outcome, language));
  if (!decision.ground.empty()) say("subject.ground", Words(decision.ground, language));
  if (decision.rule.size() > 1) say("subject.rule", decision.rule);
  const std::vector<std::string> reasons = ReasonWords(decision, language);
  if (!reasons.empty()) say("subject.because", Joined(reasons));
  if (!decision.masked.empty()) say("subject.masked", std::to_string(decision.masked.size()));
  if (decision.replayed) out.push_back("    " + Words("subject.again", language));
}

void AddSignal(const SubjectSignal& told, Language language, std::vector<std::string>& out) {
  const SignalSummary& signal = told.signal;
  out.push_back("");
  out.push_back("  " + SignalWords(signal, language) + ", " +
                contract::Text("subject.class", language, {{"value", signal.legal_class}}) +
                (signal.withdrawn ? ", " + Words("stat.outcome.withdrawn", language) : "") +
                (told.harm ? " [*]" : ""));
  out.push_back("    " + contract::Text("subject.between", language,
                                        {{"from", Words(told.from, language)},
                                         {"to", Words(told.to, language)}}));
  out.push_back("    " + Words(told.why, language));
  for (const DecisionSummary& decision : signal.decisions) AddDecision(decision, language, out);
  for (const LadderEntry& step : signal.ladder)
    out.push_back("    " + contract::SwedishTime(step.at) + "  " +
                  contract::EnumText("LadderState", step.state, language) +
                  (step.answer.empty()
                       ? ""
                       : ": " + contract::EnumText("Answer", step.answer, language)));
}

void AddNotes(const SubjectReport& report, Language language, std::vector<std::string>& out) {
  out.push_back("");
  out.push_back(Words("subject.note", language));
  out.push_back(Words("subject.note.harm", language));
  if (report.guarded) out.push_back(Words("subject.note.guarded", language));
  if (report.cut) out.push_back(Words("subject.note.cut", language));
}

}  // namespace

nlohmann::json SubjectJson(const SubjectReport& report, Language language) {
  nlohmann::json json = {{"authority", report.authority},
                         {"protected", report.guarded},
                         {"cut", report.cut},
                         {"events", nlohmann::json::array()},
                         {"signals", nlohmann::json::array()},
                         {"looks", nlohmann::json::array()}};
  for (const SubjectEvent& event : report.events) {
    nlohmann::json one = {{"offset", event.offset},
                          {"received", ToIso(event.received)},
                          {"kind", event.type},
                          {"what", TypeWords(event.type, language)},
                          {"unit", Words(event.unit, language)},
                          {"weighHarm", event.harm}};
    if (event.occurred.value >= 0) one["occurred"] = ToIso(event.occurred);
    json["events"].push_back(std::move(one));
  }
  for (const SubjectSignal& signal : report.signals)
    json["signals"].push_back(SignalJson(signal, language));
  for (const SubjectLook& look : report.looks)
    json["looks"].push_back({{"at", ToIso(look.at)}, {"action", look.action}, {"role", look.role}});
  return json;
}

std::vector<std::string> SubjectLines(const SubjectReport& report, Language language) {
  std::vector<std::string> out{
      contract::Text("subject.title", language, {{"authority", report.authority}}), "",
      Words("subject.events", language)};
  if (report.events.empty()) out.push_back("  " + Words("subject.nothing", language));
  for (const SubjectEvent& event : report.events)
    out.push_back("  " + contract::SwedishTime(event.received) + "  " + Words(event.unit, language) +
                  ": " + TypeWords(event.type, language) + (event.harm ? " [*]" : ""));
  out.push_back("");
  out.push_back(Words("subject.signals", language));
  if (report.signals.empty()) out.push_back("  " + Words("subject.nothing", language));
  for (const SubjectSignal& signal : report.signals) AddSignal(signal, language, out);
  out.push_back("");
  out.push_back(Words("subject.looks", language));
  if (report.looks.empty()) out.push_back("  " + Words("subject.nothing", language));
  for (const SubjectLook& look : report.looks)
    out.push_back("  " + contract::SwedishTime(look.at) + "  " + look.action + " (" + look.role + ")");
  AddNotes(report, language, out);
  return out;
}

}  // namespace sam::admin
