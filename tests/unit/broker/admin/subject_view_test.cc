// What the person concerned is told, in words and for machines.
#include "broker/admin/subject_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "broker/base/text.h"

namespace sam::admin {
namespace {

using contract::Language;
using ::testing::HasSubstr;
using ::testing::Not;

SubjectReport Told() {
  SubjectReport report;
  report.authority = "Region Gävleborg";
  report.events.push_back({7, *FromIso("2026-03-02T07:15:00Z"), *FromIso("2026-03-01T10:00:00Z"),
                           "bvc.visit.missed", "BVC Bollnäs", false});
  report.events.push_back({9, *FromIso("2026-03-03T07:15:00Z"), Millis(-1), "", "subject.unit.gone", false});
  SubjectSignal signal;
  signal.signal.code = "SIG-B1";
  signal.signal.legal_class = "B";
  signal.from = "BVC Bollnäs";
  signal.to = "subject.function.nobody";
  signal.why = "subject.why.outcome";
  DecisionSummary held;
  held.time = *FromIso("2026-03-04T08:00:00Z");
  held.outcome = "held";
  held.rule = "OUTCOME-B1 1";
  held.reasons = {"gate.consent.missing"};
  DecisionSummary sent = held;
  sent.outcome = "deliver";
  sent.ground = "ground.consent";
  sent.reasons.clear();
  sent.masked = {"a", "b"};
  signal.signal.decisions = {held, sent};
  signal.signal.ladder = {{"answered", "notOpened", *FromIso("2026-03-05T08:00:00Z")}};
  report.signals.push_back(signal);
  report.looks.push_back({*FromIso("2026-03-06T08:00:00Z"), "reveal-payload", "privacy-officer"});
  return report;
}

std::string Lines(const SubjectReport& report, Language language) {
  std::string out;
  for (const std::string& line : SubjectLines(report, language)) out += line + "\n";
  return out;
}

TEST(SubjectReport, TellsTheDecisionInWords) {
  const std::string swedish = Lines(Told(), Language::kSwedish);
  for (const char* word : {"BVC Bollnäs: uteblivet besök", "2026-03-02 08:15", "hålls kvar", "Samtycke saknas.",
                           "grund: Samtycke (OSL", "2 fält lämnades inte ut", "regel: OUTCOME-B1 1",
                           "besvarad: utredning inleds inte", "från BVC Bollnäs till ingen",
                           "innehållet är gallrat", "reveal-payload (privacy-officer)"})
    EXPECT_THAT(swedish, HasSubstr(word));
  const std::string english = Lines(Told(), Language::kEnglish);
  for (const char* word : {"bvc visit missed", "Consent is missing.", "inquiry not opened", "held"})
    EXPECT_THAT(english, HasSubstr(word));
}

TEST(SubjectReport, MachinesGetTheSameWithCodes) {
  const nlohmann::json json = SubjectJson(Told(), Language::kEnglish);
  EXPECT_EQ(json["events"][0]["kind"], "bvc.visit.missed");
  EXPECT_EQ(json["events"][0]["occurred"], "2026-03-01T10:00:00.000Z");
  EXPECT_FALSE(json["events"][1].contains("occurred"));
  EXPECT_EQ(json["signals"][0]["decisions"][0]["reasons"][0], "gate.consent.missing");
  EXPECT_EQ(json["signals"][0]["decisions"][1]["ground"], "ground.consent");
  EXPECT_EQ(json["signals"][0]["receipts"][0]["answer"], "notOpened");
  EXPECT_EQ(json["looks"][0]["role"], "privacy-officer");
}

// Whoever looks must not learn from the answer whether the hub knows the child.
TEST(SubjectReport, NothingHeldLooksAsNobody) {
  SubjectReport nobody;
  nobody.authority = "Region Gävleborg";
  const nlohmann::json told = SubjectJson(Told(), Language::kEnglish);
  const nlohmann::json empty = SubjectJson(nobody, Language::kEnglish);
  for (const auto& [key, value] : told.items()) {
    EXPECT_TRUE(empty.contains(key)) << key;
    EXPECT_EQ(empty[key].type(), value.type()) << key;
  }
  EXPECT_THAT(Lines(nobody, Language::kSwedish), HasSubstr("Inget."));
}

TEST(SubjectReport, WhatMayHarmIsMarkedForAPerson) {
  SubjectReport report = Told();
  const auto first_lines = [&] {
    const std::string all = Lines(report, Language::kEnglish);
    return all.substr(0, all.find("[*] A person"));
  };
  EXPECT_THAT(first_lines(), Not(HasSubstr("[*]")));
  report.events[0].harm = true;
  EXPECT_THAT(first_lines(), HasSubstr("bvc visit missed [*]"));
  report.signals[0].harm = true;
  EXPECT_TRUE(SubjectJson(report, Language::kEnglish)["signals"][0]["weighHarm"].get<bool>());
}

TEST(SubjectReport, AProtectedPersonsReportSaysWhyNamesAreMissing) {
  SubjectReport report = Told();
  EXPECT_THAT(Lines(report, Language::kEnglish), Not(HasSubstr("told without names")));
  report.guarded = true;
  EXPECT_THAT(Lines(report, Language::kEnglish), HasSubstr("told without names"));
}

}  // namespace
}  // namespace sam::admin
