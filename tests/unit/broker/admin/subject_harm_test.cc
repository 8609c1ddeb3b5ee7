// Which lines a person weighs before they are handed out. Every event type and every signal code of the
// catalogue has its decision here: a new one fails until somebody has taken it.
#include "broker/admin/subject_harm.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "broker/contract/catalogue.h"
#include "broker/contract/texts.h"
#include "broker/routing/directory.h"
#include "tests/support/shipped.h"

namespace sam::admin {
namespace {

using dispatch::SignalRow;
using schema::LegalClass;

// What tells of no report, no order, no inquiry and no protection, whoever tells it.
const std::set<std::string> kPlainEvents = {
    "bvc.child.registered", "bvc.child.transferred", "bvc.visit.booked", "bvc.visit.completed",
    "bvc.visit.missed", "bvc.visit.cancelled", "bvc.homevisit.completed", "bvc.homevisit.declined",
    "bvc.care.declined", "bvc.program.changed", "bvc.epds.performed", "bvc.barnsakert.answered",
    "bvc.barnsakert.outcome", "bvc.screening.deviation", "bvc.growth.deviation",
    "bvc.vaccination.delayed", "bvc.guardian.dental.offered", "person.moved", "person.id.linked",
    "person.deceased", "consent.changed", "dental.recall.sent", "dental.visit.completed",
    "dental.visit.missed", "dental.visit.lateCancelled", "dental.contact.attempted",
    "dental.contact.failed", "dental.caries.recorded", "dental.treatment.overdue",
    "dental.pain.acute", "dental.guardian.notCooperating", "dental.child.unlisted",
    "coord.sip.changed", "coord.tsi.changed", "coord.contact.assigned",
    "expectation.overdue"};  // of a programme; that of a rule is marked where it is read
const std::set<std::string> kWeighedEvents = {
    "report.signed", "report.attachment", "signal.receipt", "signal.withdrawn",
    "signal.receiver.named", "prompt.decided", "social.report.received",
    "social.protection.assessed", "social.inquiry.decided", "social.inquiry.closed",
    "social.placement.changed", "social.exam.requested", "social.aid.dental.decided",
    "health.exam.reported", "dental.exam.reported", "person.protection.changed",
    "bvc.injury.observed", "dental.injury.observed"};

TEST(EventMayHarm, EveryTypeOfTheCatalogueIsDecidedOn) {
  for (const contract::EventType& type : contract::EventTypes()) {
    ASSERT_NE(kPlainEvents.count(type.name), kWeighedEvents.count(type.name))
        << type.name << ": say in this test whether its line is weighed by a person";
    EXPECT_EQ(EventMayHarm(type.name, false), kWeighedEvents.count(type.name) == 1) << type.name;
  }
  EXPECT_EQ(kPlainEvents.size() + kWeighedEvents.size(), contract::EventTypes().size());
}

TEST(EventMayHarm, WhatABoardTellsIsWeighedAndWhatNobodyKnowsAsWell) {
  EXPECT_TRUE(EventMayHarm("coord.sip.changed", true));
  EXPECT_FALSE(EventMayHarm("coord.contact.assigned", true)) << "who is called tells not why";
  EXPECT_TRUE(EventMayHarm("newer.than.us", false));
  EXPECT_TRUE(EventMayHarm("", false));
}

rules::FactList Fact(const char* name) { return {*rules::FactNamed(name)}; }
SignalRow RowOf(LegalClass legal_class) {
  SignalRow row;
  row.legal_class = legal_class;
  return row;
}
// As the catalogue says of this code, about that signal.
SignalRow NoticeAbout(LegalClass legal_class) {
  SignalRow row = RowOf(legal_class);
  row.about = *SignalId::From(std::string(16, 'a'));
  return row;
}

enum class Line { kMarked, kPlain, kPrompt, kNotice };
// kPrompt: as the facts it rests on. kNotice: as the signal it is about.
const std::map<std::string, Line> kSignals = {
    {"SIG-A1", Line::kMarked}, {"SIG-A3", Line::kMarked}, {"RECEIPT", Line::kMarked},
    {"ATTACHMENT", Line::kMarked}, {"SIG-D1", Line::kMarked}, {"SIG-D2", Line::kMarked},
    {"SIG-B1", Line::kPlain}, {"SIG-B2", Line::kPlain}, {"SIG-B3", Line::kPlain},
    {"SIG-B3-COST", Line::kPlain}, {"SIG-B4", Line::kPlain}, {"SIG-C1", Line::kPlain},
    {"SIG-E1", Line::kPrompt}, {"SIG-E2", Line::kPrompt}, {"SIG-E4", Line::kPrompt},
    {"HOLD", Line::kNotice}, {"WITHDRAWN", Line::kNotice}, {"REMINDER", Line::kNotice},
    {"SIG-E3", Line::kNotice}};

void ExpectAsItIsAbout(const std::string& code, LegalClass legal_class) {
  const SignalRow notice = NoticeAbout(legal_class);
  rules::Rule rule;
  rule.after = Fact("bvc.visit.missed");
  for (const LegalClass about : {LegalClass::A, LegalClass::B, LegalClass::C, LegalClass::D, LegalClass::E}) {
    const SignalRow itself = RowOf(about);
    const bool harm = about == LegalClass::A || about == LegalClass::D;
    EXPECT_EQ(SignalMayHarm(notice, {&itself, &rule, {"bvc.visit.missed"}}), harm) << code;
  }
  EXPECT_TRUE(SignalMayHarm(notice, {nullptr, &rule, {}})) << code << ": what it is about is gone";
  const SignalRow prompt = RowOf(LegalClass::E);
  rule.after = Fact("report.signed");
  EXPECT_TRUE(SignalMayHarm(notice, {&prompt, &rule, {}})) << code << ": about a prompt of a report";
}

void ExpectAsItsFacts(const std::string& code, LegalClass legal_class) {
  const SignalRow row = RowOf(legal_class);
  rules::Rule rule;
  rule.after = Fact("bvc.visit.missed");
  EXPECT_FALSE(SignalMayHarm(row, {nullptr, &rule, {"bvc.visit.missed"}})) << code;
  EXPECT_FALSE(SignalMayHarm(row, {nullptr, &rule, {""}})) << code << ": the rule is known";
  EXPECT_TRUE(SignalMayHarm(row, {nullptr, &rule, {"bvc.visit.missed", "report.signed"}})) << code;
  EXPECT_TRUE(SignalMayHarm(row, {nullptr, nullptr, {"person.protection.changed"}})) << code;
  EXPECT_TRUE(SignalMayHarm(row, {nullptr, nullptr, {""}})) << code << ": nothing is known of it";
  rule.after = Fact("social.exam.requested");
  EXPECT_TRUE(SignalMayHarm(row, {nullptr, &rule, {}})) << code;
  rule.after.clear();
  rule.needs = {{Fact("social.placement.changed")}};
  EXPECT_TRUE(SignalMayHarm(row, {nullptr, &rule, {}})) << code;
}

TEST(SignalMayHarm, EveryCodeOfTheCatalogueIsDecidedOn) {
  for (const contract::SignalType& type : contract::SignalTypes()) {
    const auto decided = kSignals.find(type.code);
    ASSERT_NE(decided, kSignals.end())
        << type.code << ": say in this test whether its line is weighed by a person";
    switch (decided->second) {
      case Line::kMarked:
        EXPECT_TRUE(SignalMayHarm(RowOf(type.legal_class), {})) << type.code;
        break;
      case Line::kPlain:
        EXPECT_FALSE(SignalMayHarm(RowOf(type.legal_class), {})) << type.code;
        break;
      case Line::kPrompt: ExpectAsItsFacts(type.code, type.legal_class); break;
      case Line::kNotice: ExpectAsItIsAbout(type.code, type.legal_class); break;
    }
  }
  EXPECT_EQ(kSignals.size(), contract::SignalTypes().size());
}

// P8 looks at a report and P7 at an order, whatever they are called.
TEST(SignalMayHarm, PromptsOfTheShippedRulesAreMarkedByWhatTheyLookAt) {
  const auto rules = rules::ParseRules(::sam::test::Shipped("rules.toml"), "rules.toml");
  ASSERT_TRUE(rules.ok());
  std::set<std::string> marked;
  for (const rules::Rule& rule : rules->all)
    if (SignalMayHarm(RowOf(LegalClass::E), {nullptr, &rule, {}})) marked.insert(rule.id);
  EXPECT_EQ(marked, (std::set<std::string>{"P7-BOOKING", "P7-DONE", "P8-RECEIPT", "P8-FEEDBACK",
                                           "P8-RECEIPT-DENTAL", "P8-FEEDBACK-DENTAL", "P8-RECEIPT-CLINIC",
                                           "P8-FEEDBACK-CLINIC"}));
}

TEST(SubjectTexts, EveryRoleHasWordsForAProtectedPersonsReport) {
  for (int role = 0; role < routing::kRoles; ++role) {
    const std::string id = "subject.role." + routing::RoleName(static_cast<routing::Role>(role));
    EXPECT_TRUE(contract::HasText(id)) << id;
  }
}

}  // namespace
}  // namespace sam::admin
