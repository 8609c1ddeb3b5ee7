#include "adapters/kit/quarantine_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/kit/commands.h"
#include "adapters/kit/shipper.h"
#include "broker/base/text.h"
#include "broker/wire/memory_link.h"
#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct DeskRig : Rig {
  Commands commands{*store, *pipeline};

  // Puts one more message of its own into quarantine.
  void PutAside(const std::string& reason, const std::string& peer = "10.0.0.9:1") {
    ASSERT_TRUE(pipeline->Begin().ok());
    const Pipeline::AsideWhy why{reason, "a test", true, std::nullopt};
    ASSERT_TRUE(pipeline->PutAside("x" + std::to_string(++count), peer, why).ok());
    ASSERT_TRUE(pipeline->Commit().ok());
  }
  std::string Run(Words words) {
    words.insert(words.begin(), "quarantine");
    const Result<std::string> text = commands.Run(words, "anna");
    EXPECT_TRUE(text.ok()) << text.error().message;
    return text.ok() ? *text : "";
  }
  PageHead Page(const Words& words, std::string* rest = nullptr) {
    std::string text = Run(words);
    const Result<PageHead> head = PageHead::TakeFrom(text);
    EXPECT_TRUE(head.ok());
    if (rest != nullptr) *rest = text;
    return head.ok() ? *head : PageHead();
  }
  size_t Audited(const std::string& action) {
    size_t out = 0;
    EXPECT_TRUE(store
                    ->EachAccess([&](uint64_t, const Access& row) {
                      out += row.action == action ? 1 : 0;
                      return true;
                    })
                    .ok());
    return out;
  }
  int count = 0;
};

TEST(QuarantineDesk, AListShowsOnlyWhatTheFilterNames) {
  DeskRig rig;
  rig.PutAside("one", "10.0.0.1:4000");
  rig.clock.Advance(kHourMs);
  rig.PutAside("two", "10.0.0.2:4000");
  ASSERT_TRUE(rig.commands.Run({"quarantine", "discard", "1", "x"}, "anna").ok());
  const std::string now = ToIso(rig.clock.Now());
  const auto numbers = [&](const std::string& word) {
    std::string rows, out;
    rig.Page({"list", word}, &rows);
    for (const std::string_view line : Split(rows, '\n'))
      if (!line.empty()) out += line[0];
    return out;
  };
  EXPECT_EQ(numbers("reason=one"), "1");
  EXPECT_EQ(numbers("reason=on"), "");
  EXPECT_EQ(numbers("state=open"), "2");
  EXPECT_EQ(numbers("state=discarded"), "1");
  EXPECT_EQ(numbers("peer=10.0.0.2"), "2");
  EXPECT_EQ(numbers("peer=10.0.0.2:4000"), "2");
  EXPECT_EQ(numbers("peer=10.0.0.2:4001"), "");
  EXPECT_EQ(numbers("since=" + now), "2");
  EXPECT_EQ(numbers("until=" + now), "1");
  EXPECT_EQ(numbers("trigger=ADT^A01"), "");
}

TEST(QuarantineDesk, AnEventThatTheHubRefusedShowsItsPlacesToWhoeverGivesAReasonAndToNobodyElse) {
  DeskRig rig;
  std::string report = Fixture("mdm_t02_report");
  ASSERT_EQ(rig.Take(report).kind, Verdict::Kind::kTaken);
  capnp::MallocMessageBuilder message;
  const auto read = wire::Parse<schema::Event>(rig.Outbox().at(0));
  ASSERT_TRUE(read.ok());
  message.setRoot(read->get());
  message.getRoot<schema::Event>().getBody().getReportSigned().setChildAddress("Provgatan 1");
  ASSERT_TRUE(rig.store->Begin().ok());
  const uint64_t number = rig.store->AppendEvent(wire::Flatten(message));
  ASSERT_TRUE(rig.store->Commit().ok());
  Random random(3);
  wire::MemoryNet net(random, rig.clock);
  const std::unique_ptr<wire::ClientLink> link = net.Connect("hub", "bvc");
  Shipper shipper(*rig.store, *link, {});
  ASSERT_TRUE(shipper.Refused(OutboxSeq(number), wire::Refusal::NOT_ALLOWED, "type").ok());
  EXPECT_THAT(rig.Run({"show", "1"}), Not(HasSubstr("Provgatan")));
  EXPECT_THAT(rig.Run({"show", "1", "json"}), Not(HasSubstr("Provgatan")));
  EXPECT_THAT(rig.Run({"list", "json"}), Not(HasSubstr("Provgatan")));
  EXPECT_EQ(rig.commands.Run({"quarantine", "show", "1", "reveal", ""}, "anna").error().code,
            Code::kDenied);
  EXPECT_EQ(rig.Audited("reveal"), 0U);
  EXPECT_THAT(rig.Run({"show", "1", "reveal", "asked by the unit"}), HasSubstr("Provgatan 1"));
  EXPECT_THAT(rig.Run({"show", "1", "json", "reveal", "asked by the unit"}),
              HasSubstr("Provgatan 1"));
  EXPECT_EQ(rig.Audited("reveal"), 2U);
}

TEST(QuarantineDesk, WordsThatAreNoFilterAreRefused) {
  DeskRig rig;
  for (const char* word : {"state=shut", "since=yesterday", "colour=red", "from=x"})
    EXPECT_FALSE(rig.commands.Run({"quarantine", "list", word}, "anna").ok()) << word;
}

TEST(QuarantineDesk, ALongListComesInPages) {
  DeskRig rig;
  const size_t all = QuarantineDesk::kListPage + 3;
  for (size_t i = 0; i < all; ++i) rig.PutAside("one");
  const PageHead first = rig.Page({"list"});
  EXPECT_EQ(first.matched, QuarantineDesk::kListPage);
  const PageHead second = rig.Page({"list", "from=" + std::to_string(first.next)});
  EXPECT_EQ(second.matched, 3U);
  EXPECT_EQ(second.next, 0U);
}

TEST(QuarantineDesk, ShowTellsPlacesAndLengthsButNoValue) {
  DeskRig rig;
  rig.Take(Fixture("oru_unknown_enum"));
  for (const Words& words : {Words{"show", "1"}, Words{"show", "1", "json"}}) {
    const std::string out = rig.Run(words);
    EXPECT_THAT(out, HasSubstr("PID-3[1].1  text 12"));
    EXPECT_THAT(out, Not(HasSubstr("20210325K069")));
    EXPECT_THAT(out, Not(HasSubstr("Testsson")));
  }
  EXPECT_EQ(rig.Audited("reveal"), 0U);
  const std::string shown = rig.Run({"show", "1", "json", "reveal", "felsökning"});
  EXPECT_THAT(shown, HasSubstr("\"hidden\":false"));
  EXPECT_THAT(shown, HasSubstr(ToBase64(Fixture("oru_unknown_enum")).substr(0, 40)));
  EXPECT_EQ(rig.Audited("reveal"), 1U);
}

TEST(QuarantineDesk, APreviewCountsByReasonAndDoesNothing) {
  DeskRig rig;
  rig.PutAside("one");
  rig.PutAside("one");
  rig.PutAside("two");
  std::string rows;
  const PageHead head = rig.Page({"preview", "discard", "json"}, &rows);
  EXPECT_EQ(head.matched, 3U);
  EXPECT_EQ(head.upto, 3U);
  EXPECT_EQ(rows,
            "{\"v\":1,\"type\":\"preview\",\"action\":\"discard\",\"count\":3,"
            "\"by_reason\":{\"one\":2,\"two\":1}}\n");
  EXPECT_EQ(rig.Audited("discard"), 0U);
  for (const Quarantined& row : rig.Quarantine()) EXPECT_EQ(row.state, QuarantineState::kOpen);
}

TEST(QuarantineDesk, ABulkDiscardHasAnAuditRowForEachEntryAndNoneForOthers) {
  DeskRig rig;
  for (int i = 0; i < 3; ++i) rig.PutAside("one");
  rig.PutAside("two");
  const PageHead head = rig.Page({"bulk", "discard", "städning", "reason=one", "upto=4"});
  EXPECT_EQ(head.done, 3U);
  EXPECT_EQ(rig.Audited("discard"), 3U);
  EXPECT_EQ(rig.Quarantine().back().state, QuarantineState::kOpen);
}

TEST(QuarantineDesk, BulkWorkGoesPageByPageUpToWhatWasCounted) {
  DeskRig rig;
  for (size_t i = 0; i < QuarantineDesk::kBulkPage + 5; ++i) rig.PutAside("one");
  const std::string upto = "upto=" + std::to_string(QuarantineDesk::kBulkPage + 4);
  const PageHead first = rig.Page({"bulk", "discard", "x", upto});
  EXPECT_EQ(first.done, QuarantineDesk::kBulkPage);
  const PageHead second =
      rig.Page({"bulk", "discard", "x", upto, "from=" + std::to_string(first.next)});
  EXPECT_EQ(second.done, 4U);
  EXPECT_EQ(second.next, 0U);
  EXPECT_EQ(rig.Quarantine().back().state, QuarantineState::kOpen);
}

TEST(QuarantineDesk, ABulkResendSendsWhatTheMappingNowTakesAndLeavesTheRest) {
  DeskRig rig;
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  const Pipeline::AsideWhy why{"poison", "a test", true, std::nullopt};
  ASSERT_TRUE(rig.pipeline->PutAside(Fixture("siu_s26_missed"), "10.0.0.1:1", why).ok());
  ASSERT_TRUE(rig.pipeline->Commit().ok());
  rig.PutAside("poison");
  std::string rows;
  const PageHead head = rig.Page({"bulk", "resend", "ny mappning", "json"}, &rows);
  EXPECT_EQ(head.done, 1U);
  EXPECT_EQ(head.failed, 1U);
  EXPECT_EQ(rig.Outbox().size(), 1U);
  EXPECT_EQ(rig.Audited("resend"), 2U);
  EXPECT_THAT(rows, HasSubstr("{\"v\":1,\"type\":\"outcome\",\"number\":1,\"ok\":true}\n"));
  EXPECT_THAT(rows, HasSubstr("\"number\":2,\"ok\":false,\"message\":\"still not taken"));
  EXPECT_EQ(rig.Quarantine()[0].state, QuarantineState::kResent);
  EXPECT_EQ(rig.Quarantine()[1].state, QuarantineState::kOpen);
}

TEST(QuarantineDesk, ABulkResendStopsAtItsLimitOfFailures) {
  DeskRig rig;
  for (int i = 0; i < 5; ++i) rig.PutAside("one");
  const PageHead head = rig.Page({"bulk", "resend", "x", "stop=2"});
  EXPECT_EQ(head.failed, 2U);
  EXPECT_EQ(head.next, 0U);
  EXPECT_EQ(rig.Audited("resend"), 2U);
}

// It was told as done, since its own first coming made it a duplicate; the entry stayed open.
TEST(QuarantineDesk, AnUnreadableMessageSentAgainIsStillUnreadable) {
  DeskRig rig;
  rig.Take("hello");
  const Result<std::string> resent =
      rig.commands.Run({"quarantine", "resend", "1", "en till"}, "anna");
  ASSERT_FALSE(resent.ok());
  EXPECT_EQ(resent.error().code, Code::kConflict);
  EXPECT_THAT(resent.error().message, HasSubstr("unreadable"));
  EXPECT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Take("hello").kind, Verdict::Kind::kDuplicate);
}

TEST(QuarantineDesk, BulkWorkNeedsAReasonAndWithoutSpaceItEnds) {
  DeskRig rig;
  rig.PutAside("one");
  const Result<std::string> unreasoned =
      rig.commands.Run({"quarantine", "bulk", "discard", " "}, "anna");
  ASSERT_FALSE(unreasoned.ok());
  EXPECT_EQ(unreasoned.error().code, Code::kDenied);
  rig.faults.SetFull(true);
  EXPECT_FALSE(rig.commands.Run({"quarantine", "bulk", "discard", "x"}, "anna").ok());
  rig.faults.SetFull(false);
  EXPECT_EQ(rig.Quarantine()[0].state, QuarantineState::kOpen);
}

TEST(QuarantineDesk, APageWithoutItsHeadIsNoPage) {
  std::string text = "1  2026-03-02\n";
  EXPECT_FALSE(PageHead::TakeFrom(text).ok());
  text = "";
  EXPECT_FALSE(PageHead::TakeFrom(text).ok());
}

TEST(Status, TellsFeedsOutboxQuarantineAndCountsAsJson) {
  DeskRig rig;
  WatchConfig settings;
  Result<std::unique_ptr<Watch>> watch =
      Watch::Make(settings, rig.config.SystemIds(), *rig.store, rig.clock);
  ASSERT_TRUE(watch.ok());
  rig.pipeline->SetObserver(watch->get());
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("oru_unknown_enum"));
  rig.clock.Advance(90'000);
  Commands commands(*rig.store, *rig.pipeline, {}, watch->get());
  const Result<std::string> status = commands.Run({"status", "json"}, "anna");
  ASSERT_TRUE(status.ok());
  EXPECT_THAT(*status, HasSubstr("\"running\":true"));
  EXPECT_THAT(*status,
              HasSubstr("{\"source\":\"cosmic.bollnas\",\"last_message\":\"2026-03-02T10:00:00"));
  EXPECT_THAT(*status, HasSubstr("\"outbox\":{\"written\":1,\"accepted\":0,\"waiting\":1,"
                                 "\"kept_from\":1,\"oldest_seconds\":90}"));
  EXPECT_THAT(*status, HasSubstr("\"quarantine_open\":1"));
  EXPECT_THAT(*status, HasSubstr("\"messages\":{\"duplicate\":1,\"quarantined\":1,\"taken\":1}"));
  EXPECT_THAT(*status, HasSubstr("\"alarms\":[]"));
  ASSERT_TRUE((*watch)->Step().ok());
  // Without a running adapter the store tells what the last one knew.
  const Result<std::string> kept = rig.commands.Run({"status", "json"}, "anna");
  ASSERT_TRUE(kept.ok());
  EXPECT_THAT(*kept, HasSubstr("\"running\":false"));
  EXPECT_THAT(*kept, HasSubstr("2026-03-02T10:00:00"));
  EXPECT_THAT(*kept, Not(HasSubstr("\"messages\"")));
  rig.pipeline->SetObserver(nullptr);
}

}  // namespace
}  // namespace sam::kit::test
