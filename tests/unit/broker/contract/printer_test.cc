#include "broker/contract/printer.h"

#include <memory>

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/base/text.h"

namespace sam::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PrinterTest : public ::testing::Test {
 protected:
  PrinterTest() : event_(message_->initRoot<schema::Event>()) {
    auto header = event_.initHeader();
    header.setType("bvc.homevisit.completed");
    header.setOccurredAt(FromIso("2026-07-01T10:15Z")->value);
    header.initSource().setSystemId("cosmic-bvc");
    header.initSubject().initIds(1)[0].setValue("20210325K069");
    auto visit = event_.getBody().initBvcHomevisitCompleted();
    visit.setKind(schema::HomeVisitKind::M8);
    visit.setDate("2026-07-01");
    auto roles = visit.initRoles(2);
    roles.set(0, "nurse");
    roles.set(1, "social\x1b[2J");
  }
  static PrintOptions With(Language language, bool reveal) {
    PrintOptions options;
    options.language = language;
    options.reveal = reveal;
    return options;
  }
  // By pointer: its destructor may throw, which a fixture's may not.
  std::unique_ptr<capnp::MallocMessageBuilder> message_ =
      std::make_unique<capnp::MallocMessageBuilder>();
  schema::Event::Builder event_;
};

TEST_F(PrinterTest, ValuesAboutAPersonAreHiddenUnlessRevealed) {
  const std::string text = PrintEvent(event_, With(Language::kSwedish, false));
  EXPECT_THAT(text, HasSubstr("bvc.homevisit.completed"));
  EXPECT_THAT(text, HasSubstr("cosmic-bvc"));
  EXPECT_THAT(text, Not(HasSubstr("K069")));
  EXPECT_THAT(text, Not(HasSubstr("2026-07-01")));
  EXPECT_THAT(text, HasSubstr("dolda"));
}

TEST_F(PrinterTest, RevealedTextHasSwedishLabelsAndLocalTime) {
  const std::string text = PrintEvent(event_, With(Language::kSwedish, true));
  EXPECT_THAT(text, HasSubstr("slag av hembesök: 8 månader\n"));
  EXPECT_THAT(text, HasSubstr("inträffade: 2026-07-01 12:15\n"));
  EXPECT_THAT(text, HasSubstr("20210325K069"));
  EXPECT_THAT(text, Not(HasSubstr("dolda")));
}

TEST_F(PrinterTest, EnglishLabelsAreTheWordsOfTheName) {
  const std::string text = PrintEvent(event_, With(Language::kEnglish, true));
  EXPECT_THAT(text, HasSubstr("kind: 8 months\n"));
  EXPECT_THAT(text, HasSubstr("occurred at: "));
}

TEST_F(PrinterTest, ControlCharactersNeverReachTheTerminal) {
  const std::string text = PrintEvent(event_, With(Language::kEnglish, true));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_THAT(text, HasSubstr("nurse, social [2J"));
}

TEST_F(PrinterTest, FieldsWithoutAValueAreLeftOutUnlessAskedFor) {
  PrintOptions options = With(Language::kEnglish, true);
  EXPECT_THAT(PrintEvent(event_, options), Not(HasSubstr("program id")));
  options.empty = true;
  EXPECT_THAT(PrintEvent(event_, options), HasSubstr("program id"));
}

TEST_F(PrinterTest, JsonHidesAndListsWhatIsHidden) {
  const std::string json = EventJson(event_, false);
  EXPECT_THAT(json, HasSubstr("\"type\":\"bvc.homevisit.completed\""));
  EXPECT_THAT(json, HasSubstr("\"kind\":null"));
  EXPECT_THAT(json, HasSubstr("\"body.bvcHomevisitCompleted.kind\""));
  EXPECT_THAT(json, Not(HasSubstr("K069")));
}

TEST_F(PrinterTest, JsonRevealedHoldsNamesTimesAndLists) {
  const std::string json = EventJson(event_, true);
  EXPECT_THAT(json, HasSubstr("\"kind\":\"m8\""));
  EXPECT_THAT(json, HasSubstr("\"occurredAt\":\"2026-07-01T10:15:00.000Z\""));
  EXPECT_THAT(json, HasSubstr("\"value\":\"20210325K069\""));
  EXPECT_THAT(json, HasSubstr("\"roles\":[\"nurse\""));
  EXPECT_THAT(json, Not(HasSubstr("_hidden")));
}

TEST_F(PrinterTest, SignalsArePrintedByTheSameRules) {
  capnp::MallocMessageBuilder message;
  auto signal = message.initRoot<schema::Signal>();
  signal.getBody().initReport().setConcern("blåmärken");
  EXPECT_THAT(PrintSignal(signal, With(Language::kSwedish, false)), Not(HasSubstr("blåmärken")));
  EXPECT_THAT(PrintSignal(signal, With(Language::kSwedish, true)),
              HasSubstr("vad oron gäller: blåmärken"));
  EXPECT_THAT(SignalJson(signal, false), Not(HasSubstr("blåmärken")));
}

TEST(SwedishTime, IsReadBackAndNothingElseIs) {
  for (const char* iso : {"2026-01-15T12:00Z", "2026-07-01T10:15Z", "2026-03-29T00:59Z", "2026-03-29T01:00Z",
                          "2026-10-25T00:30Z", "2026-10-25T02:30Z"}) {
    const Millis time = *FromIso(iso);
    EXPECT_EQ(FromSwedishTime(SwedishTime(time)), time) << iso;
  }
  EXPECT_EQ(FromSwedishTime("2026-07-01T12:15"), FromIso("2026-07-01T10:15Z"));
  EXPECT_EQ(FromSwedishTime("2026-10-25 02:30"), FromIso("2026-10-25T00:30Z")) << "the earlier of two";
  EXPECT_FALSE(FromSwedishTime("2026-03-29 02:30")) << "an hour that never was";
  for (const char* text : {"", "2026-07-01", "2026-07-01 12:15:00", "2026-13-01 12:15", "2026-07-01 25:15"})
    EXPECT_FALSE(FromSwedishTime(text)) << text;
}

TEST(SwedishTime, FollowsTheSummerTimeRule) {
  EXPECT_EQ(SwedishTime(*FromIso("2026-01-15T12:00Z")), "2026-01-15 13:00");
  EXPECT_EQ(SwedishTime(*FromIso("2026-03-29T00:59Z")), "2026-03-29 01:59");
  EXPECT_EQ(SwedishTime(*FromIso("2026-03-29T01:00Z")), "2026-03-29 03:00");
  EXPECT_EQ(SwedishTime(*FromIso("2026-10-25T00:59Z")), "2026-10-25 02:59");
  EXPECT_EQ(SwedishTime(*FromIso("2026-10-25T01:00Z")), "2026-10-25 02:00");
  EXPECT_EQ(SwedishTime(*FromIso("2026-12-31T23:30Z")), "2027-01-01 00:30");
}

TEST(PrintedSignal, ReasonsAreSentencesAndWhatIsNotKnownStandsAsItIs) {
  auto message = std::make_unique<capnp::MallocMessageBuilder>();
  auto signal = message->initRoot<schema::Signal>();
  auto reasons = signal.getBody().initHold().initReasons(3);
  reasons.set(0, "gate.forwarding.refused");
  reasons.set(1, "gate.receiver.role");
  reasons.set(2, "gate.of-a-newer-build");
  PrintOptions options;
  options.reveal = true;
  options.language = Language::kEnglish;
  const std::string text = PrintSignal(signal.asReader(), options);
  EXPECT_THAT(text, HasSubstr("It stays with the receiver and its time runs. Phone the receiver. "
                              "The receiver's role may never receive this kind of signal. "
                              "gate.of-a-newer-build"));
}

}  // namespace
}  // namespace sam::contract
