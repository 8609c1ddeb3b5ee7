#include "adapters/kit/erase.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "adapters/kit/commands.h"
#include "broker/base/text.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

constexpr const char* kChild = "20210325K069";

std::vector<std::string> Forms(const std::string& number) {
  const auto forms = WrittenForms(number);
  EXPECT_TRUE(forms.ok());
  return forms.ok() ? *forms : std::vector<std::string>();
}

TEST(Erase, ANumberIsFoundInEveryFormThatSourcesWrite) {
  const auto forms = Forms("19500907-2553");
  for (const char* text : {"PID|1||195009072553^^^x", "a;500907-2553;b", "5009072553", "(500907+2553)",
                           "19500907-2553"})
    EXPECT_TRUE(Mentions(text, forms)) << text;
}

TEST(Erase, ANumberInsideALongerOneIsAnothers) {
  const auto forms = Forms("195009072553");
  for (const char* text : {"1950090725530", "20500907-25531", "X5009072553", ""})
    EXPECT_FALSE(Mentions(text, forms)) << text;
}

TEST(Erase, ANumberIsFoundInLowerCaseAndInUtf16OfBothByteOrders) {
  const auto forms = Forms("20210325k069");
  EXPECT_TRUE(Mentions("PID|1||20210325k069", forms));
  EXPECT_TRUE(Mentions("PID|1||210325-k069^^^", forms));
  for (const bool big_endian : {false, true}) {
    std::string wide;
    for (const char c : std::string("PID|1||20210325K069|")) {
      if (big_endian) wide += '\0';
      wide += c;
      if (!big_endian) wide += '\0';
    }
    EXPECT_TRUE(Mentions(wide, forms)) << big_endian;
  }
  EXPECT_FALSE(Mentions("20210325k0691", forms));
}

TEST(Erase, AShortNumberIsRefusedSinceItWouldHitOthers) {
  EXPECT_EQ(WrittenForms("5009-07").error().code, Code::kInvalid);
  EXPECT_EQ(WrittenForms("").error().code, Code::kInvalid);
}

TEST(Erase, WhatHasNoFormOfANumberIsRefusedAndTheErrorSaysWhatIsTaken) {
  for (const char* text : {"Kanariesson", "Storgatan-12", "20210325", "2021-03-25", "123456", "1234567",
                           "AB12", "19500907 2553", "1950090725\xc3\xa5", "195009072553;", "%%%%%%%%"}) {
    const auto forms = WrittenForms(text);
    ASSERT_FALSE(forms.ok()) << text;
    EXPECT_EQ(forms.error().code, Code::kInvalid);
    EXPECT_NE(forms.error().message.find("letters, digits and hyphens"), std::string::npos);
    EXPECT_EQ(forms.error().message.find(text), std::string::npos) << "it may be a number after all";
  }
  for (const char* text : {"AB1234", "MR-4711-X", "98240301AA06", "99999999", "550e8400-e29b-41d4-a716-446655440000"})
    EXPECT_TRUE(WrittenForms(text).ok()) << text;
  EXPECT_TRUE(Mentions("PID|1||mr-4711-x^^^", Forms("MR-4711-X")));
  EXPECT_TRUE(Mentions("PID|1||MR4711X^^^", Forms("MR-4711-X")));
}

TEST(Erase, SeveralNumbersOfOnePersonAreLookedForTogether) {
  const auto forms = WrittenFormsOfAll("19500907-2553\n98240301AA06, AB1234;\r\n");
  ASSERT_TRUE(forms.ok()) << forms.error().message;
  for (const char* text : {"500907-2553", "98240301AA06", "|AB1234|"})
    EXPECT_TRUE(Mentions(text, *forms)) << text;
  EXPECT_FALSE(WrittenFormsOfAll(" \n").ok());
  const auto one_wrong = WrittenFormsOfAll("19500907-2553\nKanariesson");
  ASSERT_FALSE(one_wrong.ok()) << "half of what was asked for is not done";
  EXPECT_EQ(one_wrong.error().message.rfind("number 2: ", 0), 0U) << one_wrong.error().message;
  std::string many;
  for (size_t i = 0; i <= kMostNumbers; ++i) many += "AB1234\n";
  EXPECT_FALSE(WrittenFormsOfAll(many).ok());
}

struct ErasedRig : Rig {
  uint64_t RawOf(const std::string& number) {
    uint64_t count = 0;
    const auto forms = Forms(number);
    EXPECT_TRUE(store->EachRaw([&](uint64_t, const RawMessage& row) {
                       count += Mentions(row.bytes, forms) ? 1 : 0;
                       return true;
                     }).ok());
    return count;
  }
};

TEST(Erase, RawMessagesQuarantineAndTakenEventsOfThePersonGoAndOthersStay) {
  ErasedRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("oru_unknown_enum"));  // to quarantine
  std::string other = Fixture("siu_s15_cancelled");
  for (size_t at; (at = other.find(kChild)) != std::string::npos;)
    other.replace(at, 12, "98240301AA06");
  rig.Take(other);
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutAccepted(rig.store->outbox_next() - 1);
  ASSERT_TRUE(rig.store->Commit().ok());
  ASSERT_GE(rig.RawOf(kChild), 1U);
  const size_t events = rig.Outbox().size();
  const auto dry = ErasePerson(*rig.store, Forms(kChild), "anna", true);
  ASSERT_TRUE(dry.ok());
  EXPECT_EQ(rig.Outbox().size(), events);
  const auto report = ErasePerson(*rig.store, Forms(kChild), "anna", false);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->raw, dry->raw);
  EXPECT_GE(report->raw, 1U);
  EXPECT_EQ(report->quarantine, 1U);
  EXPECT_EQ(report->events, events - 1);
  EXPECT_EQ(report->waiting, 0U);
  rig.Crash();
  EXPECT_EQ(rig.RawOf(kChild), 0U);
  EXPECT_EQ(rig.RawOf("98240301AA06"), 1U);
  EXPECT_EQ(rig.Outbox().size(), 1U);
  const Quarantined entry = rig.Quarantine().front();
  EXPECT_TRUE(entry.raw.empty());
  EXPECT_EQ(entry.state, QuarantineState::kDiscarded);
  EXPECT_FALSE(entry.reason.empty());  // why it lay there is no secret
  const auto again = ErasePerson(*rig.store, Forms(kChild), "anna", false);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->raw + again->quarantine + again->events, 0U);
}

TEST(Erase, WhatComesAfterTheNewestWereErasedHasANumberOfItsOwnAndIsSent) {
  ErasedRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  const Verdict last = rig.Take(Fixture("siu_s15_cancelled"));
  rig.Take(Fixture("oru_unknown_enum"));
  const uint64_t given = rig.store->outbox_next() - 1;
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutAccepted(given);
  ASSERT_TRUE(rig.store->Commit().ok());
  const auto report = ErasePerson(*rig.store, Forms(kChild), "anna", false);
  ASSERT_TRUE(report.ok());
  ASSERT_GE(report->events, 1U);
  const uint64_t raws = rig.store->raw_next();
  rig.Crash();
  EXPECT_EQ(rig.store->raw_next(), raws) << "the hub's references name one message each";
  EXPECT_GT(raws, last.raw_ref);
  const Verdict next = rig.Take(Fixture("siu_s12_booked"));
  ASSERT_EQ(next.kind, Verdict::Kind::kTaken);
  std::vector<uint64_t> waiting;
  ASSERT_TRUE(rig.store
                  ->ReadOutbox(rig.store->accepted() + 1, SIZE_MAX,
                               [&](uint64_t number, std::string_view) {
                                 waiting.push_back(number);
                                 return true;
                               })
                  .ok());
  ASSERT_EQ(waiting.size(), next.events.size());
  EXPECT_EQ(waiting.front(), given + 1);
}

TEST(Erase, NumbersThatAnOlderBuildFreedAreNotGivenAgain) {
  ErasedRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.store->Begin().ok());
  rig.store->PutAccepted(1);
  ASSERT_TRUE(rig.store->Commit().ok());
  Batch batch;  // as it deleted them: the row alone
  batch.Delete(spaces::kOutbox, std::string("\x06outboxe") + BigEndian64(1));
  ASSERT_TRUE(rig.faults.Apply(batch, Durability::kNow).ok());
  rig.Crash();
  EXPECT_EQ(rig.store->outbox_next(), 2U);
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  ASSERT_TRUE(rig.pipeline->Take(Fixture("siu_s15_cancelled"), "p").ok());
  ASSERT_TRUE(rig.pipeline->Begin().ok());  // a dropped group
  EXPECT_EQ(rig.store->outbox_next(), 2U);
}

TEST(Erase, AnEventThatTheHubHasNotTakenIsLeftAndCounted) {
  ErasedRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  const auto report = ErasePerson(*rig.store, Forms(kChild), "anna", false);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->waiting, 1U);
  EXPECT_EQ(report->events, 0U);
  EXPECT_EQ(rig.Outbox().size(), 1U);
  ASSERT_TRUE(rig.store->Begin().ok());
  EXPECT_EQ(rig.store->EraseEvent(1).error().code, Code::kConflict);
}

TEST(Erase, OneCommandTakesAllNumbersOfThePerson) {
  ErasedRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  std::string before = Fixture("siu_s15_cancelled");  // when the child had its reserve number
  for (size_t at; (at = before.find(kChild)) != std::string::npos;)
    before.replace(at, 12, "98240301AA06");
  rig.Take(before);
  Commands commands(*rig.store, *rig.pipeline);
  const std::string both = std::string(kChild) + "\n98240301AA06\n";
  const auto text = commands.Run({"erase", both, "decision 12/2026"}, "anna");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_NE(text->find("erased 2 raw messages"), std::string::npos) << *text;
  EXPECT_EQ(rig.RawOf(kChild) + rig.RawOf("98240301AA06"), 0U);
}

TEST(Erase, TheAuditSaysWhoAndWhyAndNotWhom) {
  ErasedRig rig;
  rig.Take(Fixture("siu_s26_missed"));
  bool rewritten = false;
  Commands commands(*rig.store, *rig.pipeline, [&] {
    rewritten = true;
    return Ok();
  });
  EXPECT_EQ(commands.Run({"erase", kChild, ""}, "anna").error().code, Code::kDenied);
  ASSERT_TRUE(commands.Run({"erase", kChild, "decision 12/2026", "dry-run"}, "anna").ok());
  EXPECT_FALSE(rewritten);
  const auto text = commands.Run({"erase", kChild, "decision 12/2026"}, "anna");
  ASSERT_TRUE(text.ok()) << text.error().message;
  EXPECT_NE(text->find("run this again"), std::string::npos);
  std::string page = *text;
  EXPECT_EQ(PageHead::TakeFrom(page)->failed, 1U) << "so the command does not end as if all were done";
  EXPECT_TRUE(rewritten);
  const auto audit = commands.Run({"audit"}, "anna");
  ASSERT_TRUE(audit.ok());
  EXPECT_NE(audit->find("decision 12/2026"), std::string::npos);
  EXPECT_EQ((*audit + *text).find(kChild), std::string::npos);
}

}  // namespace
}  // namespace sam::kit::test
