// The shipped BVC mapping on what comes again: a result or report has an identity of its own, so
// that the same tells nothing, another content corrects, and what is normal now is taken back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/adapters/kit/rig.h"

namespace sam::kit::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// What a message tells, with the status of each: "bvc.screening.deviation=corrected".
std::string Told(const Verdict& verdict) {
  if (verdict.events.empty())
    return verdict.reason.empty() ? std::string(VerdictName(verdict.kind)) : verdict.reason;
  std::string out;
  for (const MappedEvent& told : verdict.events) {
    const auto event = wire::Parse<schema::Event>(told.bytes);
    EXPECT_TRUE(event.ok());
    const schema::EventStatus status = event->get().getHeader().getStatus();
    out.append(out.empty() ? "" : " ").append(told.type->name);
    if (status == schema::EventStatus::CORRECTED) out.append("=corrected");
    if (status == schema::EventStatus::RETRACTED) out.append("=retracted");
  }
  return out;
}

std::string Replaced(const Verdict& verdict) {
  const auto event = wire::Parse<schema::Event>(verdict.events.at(0).bytes);
  return std::string(wire::View(event->get().getHeader().getReplaces()));
}

// A report of results under one order; each message has an id of its own.
struct Feed : Rig {
  int count = 0;
  std::string person = "20210325K069";
  std::string order = "OBR|1|P-7|F-9|FORM^Formulär^LOCAL|||20260302094500+0100\r";

  Verdict Send(const std::string& lines) {
    return Take("MSH|^~\\&|COSMIC|SE2321000198-BVCTEST|S|H|20260305101500+0100||ORU^R01^ORU_R01|R" +
                std::to_string(++count) + "|T|2.5.1\rPID|1||" + person +
                "^^^&1.2.752.113.11.0.2.1.1.1&ISO^MR||Testsson^Barn||20210325\rPD1||||||||||||N\r" +
                order + lines);
  }
};
std::string Result1(const std::string& code, const std::string& value, const std::string& flag,
                    const std::string& status, const std::string& sub = "") {
  return "OBX|1|CE|" + code + "^text^LOCAL|" + sub + "|" + value + "|||" + flag + "|||" + status + "\r";
}

TEST(BvcAgain, AFindingThatComesAgainTellsNothingAndAnotherContentCorrectsIt) {
  Feed feed;
  const Verdict first = feed.Send(Result1("SYN4", "0.4", "A", "F"));
  ASSERT_EQ(Told(first), "bvc.screening.deviation");
  EXPECT_EQ(Told(feed.Send(Result1("SYN4", "0.4", "A", "F"))), "nothing_to_tell");
  EXPECT_EQ(Told(feed.Send(Result1("SYN4", "0.3", "A", "C"))), "nothing_to_tell");
  const Verdict corrected =
      feed.Send(Result1("SYN4", "0.3", "A", "C") + Result1("REMISS", "J", "", "F"));
  EXPECT_EQ(Told(corrected), "bvc.screening.deviation=corrected");
  EXPECT_EQ(Replaced(corrected), first.events[0].id.view());
}

TEST(BvcAgain, AFindingThatIsNormalNowIsTakenBackAndMayComeBack) {
  for (const char* code : {"SYN4", "VIKTAV"}) {
    Feed feed;
    const Verdict first = feed.Send(Result1(code, "0.4", "A", "F"));
    const std::string type = Told(first);
    EXPECT_EQ(Told(feed.Send(Result1(code, "1.0", "N", "P"))), "nothing_to_tell");
    const Verdict back = feed.Send(Result1(code, "1.0", "N", "C"));
    ASSERT_EQ(Told(back), type + "=retracted");
    EXPECT_EQ(Replaced(back), first.events[0].id.view());
    EXPECT_EQ(Told(feed.Send(Result1(code, "1.0", "N", "C"))), "nothing_to_tell");
    EXPECT_EQ(Told(feed.Send(Result1(code, "0.4", "A", "C"))), type);
  }
}

TEST(BvcAgain, AnotherChildOrderCodeOrPartIsAnotherFinding) {
  Feed feed;
  const std::string finding = Result1("SYN4", "0.4", "A", "F");
  feed.Send(finding);
  EXPECT_EQ(Told(feed.Send(Result1("HORSEL4", "x", "A", "F"))), "bvc.screening.deviation");
  EXPECT_EQ(Told(feed.Send(Result1("SYN4", "0.4", "A", "F", "2"))), "bvc.screening.deviation");
  feed.order = "OBR|1|P-7|F-10|FORM^Formulär^LOCAL|||20260302094500+0100\r";
  EXPECT_EQ(Told(feed.Send(finding)), "bvc.screening.deviation");
  feed.person = "20210325K070";
  EXPECT_EQ(Told(feed.Send(finding)), "bvc.screening.deviation");
}

TEST(BvcAgain, WithoutAnOrderNumberItsTimeIsTheOrders) {
  Feed feed;
  feed.order = "OBR|1|||FORM^Formulär^LOCAL|||20260302094500+0100\r";
  feed.Send(Result1("SYN4", "0.4", "A", "F"));
  EXPECT_EQ(Told(feed.Send(Result1("SYN4", "0.4", "A", "C"))), "nothing_to_tell");
  feed.order = "OBR|1|||FORM^Formulär^LOCAL|||20260303094500+0100\r";
  EXPECT_EQ(Told(feed.Send(Result1("SYN4", "0.4", "A", "F"))), "bvc.screening.deviation");
}

TEST(BvcAgain, APreliminaryLineIsNoFactYet) {
  for (const char* lines : {"SYN4", "VIKTAV", "EPDS-GJORD", "BSQ", "AVBOJ", "VACCDOS"}) {
    for (const char* status : {"P", "R", "I"}) {
      Feed feed;
      EXPECT_EQ(Told(feed.Send(Result1(lines, "J", "A", status))), "nothing_to_tell") << lines << status;
      EXPECT_TRUE(feed.Outbox().empty());
      EXPECT_TRUE(feed.Quarantine().empty());
    }
  }
}

TEST(BvcAgain, AnOutcomeThatIsCorrectedIsNotASecondOne) {
  Feed feed;
  const std::string consent = Result1("BSS", "J", "", "F") + Result1("BSO", "EKO", "", "F");
  EXPECT_EQ(Told(feed.Send(Result1("BSU", "SAMT", "", "F") + consent)), "bvc.barnsakert.outcome");
  EXPECT_EQ(Told(feed.Send(Result1("BSU", "SAMT", "", "C") + consent)), "nothing_to_tell");
  EXPECT_EQ(Told(feed.Send(Result1("BSU", "SAMTSOC", "", "C") + consent)),
            "bvc.barnsakert.outcome=corrected");
  // Without consent the areas go.
  const Verdict without = feed.Send(Result1("BSU", "SAMTSOC", "", "C") + Result1("BSS", "N", "", "C") +
                                    Result1("BSO", "EKO", "", "F"));
  EXPECT_EQ(Told(without), "bvc.barnsakert.outcome=corrected");
  EXPECT_THAT(TextOf(without.events.at(0).bytes), Not(HasSubstr("areas = [")));
}

TEST(BvcAgain, StepsOfAProgrammeAndDosesOfOneOrderAreFactsOfTheirOwn) {
  Feed feed;
  const auto step = [](const std::string& number) {
    return Result1("PROGRAM", "RINKEBY", "", "F") + Result1("PROGHAND", "STEG", "", "F") +
           Result1("PROGSTEG", number, "", "F");
  };
  EXPECT_EQ(Told(feed.Send(step("1"))), "bvc.program.changed");
  EXPECT_EQ(Told(feed.Send(step("2"))), "bvc.program.changed");
  EXPECT_EQ(Told(feed.Send(step("2"))), "nothing_to_tell");
  EXPECT_EQ(Told(feed.Send(Result1("VACCDOS", "MPR1", "", "F"))), "bvc.vaccination.delayed");
  EXPECT_EQ(Told(feed.Send(Result1("VACCDOS", "MPR2", "", "F"))), "bvc.vaccination.delayed");
}

TEST(BvcAgain, ASignedReportIsSentOnceAndItsNextVersionCorrectsIt) {
  Rig rig;
  const std::string report = Fixture("mdm_t02_report");
  const auto again = [&](const std::string& id, const std::string& from, const std::string& to) {
    std::string out = report;
    out.replace(out.find("|M0001|"), 7, "|" + id + "|");
    if (!from.empty()) out.replace(out.find(from), from.size(), to);
    return rig.Take(out);
  };
  const Verdict first = again("M1", "", "");
  ASSERT_EQ(Told(first), "report.signed");
  EXPECT_EQ(Told(again("M2", "", "")), "nothing_to_tell");
  const Verdict corrected = again("M3", "Canaryord", "Annat ord");
  EXPECT_EQ(Told(corrected), "report.signed=corrected");
  EXPECT_EQ(Replaced(corrected), first.events[0].id.view());
}

}  // namespace
}  // namespace sam::kit::test
