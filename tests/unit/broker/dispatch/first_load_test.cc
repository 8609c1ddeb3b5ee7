// What a first load tells for others: a report always goes, an order while its day is not over.
#include "tests/unit/broker/dispatch/carried.h"

namespace sam::dispatch::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class FirstLoad : public Carried {
 protected:
  static Fill Loaded(const Fill& body) {
    return [=](schema::Event::Builder e) {
      body(e);
      e.getHeader().setBaseline(true);
    };
  }
  void SignedReport() {
    Tell("report", Day(199), Loaded([](schema::Event::Builder e) {
           auto body = e.getBody().initReportSigned();
           body.setSignerFunction("bvc.bollnas");
           body.setConcern("canary-concern");
         }));
  }
};

TEST_F(FirstLoad, ASignedReportIsCarriedAsAnyOther) {
  SignedReport();
  EXPECT_THAT(Codes("bollnas.mottagning"), ElementsAre("SIG-A1"));
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("RECEIPT"));
  ExpectRebuilds();
}

TEST_F(FirstLoad, AndHeldWithACallToItsSenderWhenItCannotGo) {
  municipality_ = "";
  SignedReport();
  EXPECT_THAT(Codes("bvc.bollnas"), ElementsAre("HOLD"));
}

TEST_F(FirstLoad, InALogOfBeforeItWasNot) {
  fold_ = 6;
  Config("older");
  SignedReport();
  EXPECT_THAT(Codes("bollnas.mottagning"), IsEmpty());
}

TEST_F(FirstLoad, AnOrderGoesWhileItsDayIsNotOver) {
  AsBoard();
  Tell("open", Day(100), Loaded(Order("B-1", Kind::HEALTH, "2026-03-01")));
  EXPECT_THAT(Codes(kClinic), ElementsAre("SIG-D1"));
  Tell("over", Day(100), Loaded(Order("B-2", Kind::HEALTH, "2025-09-01")));
  EXPECT_THAT(Codes(kClinic), ElementsAre("SIG-D1"));
  ExpectRebuilds();
}

TEST_F(FirstLoad, AnAnswerGoesToAnOrderThatIsKnownAndNobodyIsAskedAboutOthers) {
  AsBoard();
  Tell("open", Day(100), Loaded(Order("B-1")));
  AsCare("SE2321000198-BARNTEST");
  Tell("answer", Day(190), Loaded(Reported("B-1")));
  Tell("of old", Day(20), Loaded(Reported("B-0")));
  EXPECT_THAT(Codes(kBoard), Contains("SIG-D2"));
  for (const char* function : {kClinic, "gavleborg.signaldisk", "bvc.bollnas"})
    EXPECT_THAT(Codes(function), Not(Contains("HOLD")));
  ExpectRebuilds();
}

TEST_F(FirstLoad, AJointVisitGoesWhenItIsStillToCome) {
  Yes("S-1", {"SIG-B2"});
  Tell("past", Day(100), Loaded(Booked("A-1", 150)));
  EXPECT_THAT(Codes("bollnas.forebyggande"), IsEmpty());
  Tell("to come", Day(190), Loaded(Booked("A-2", 210)));
  EXPECT_THAT(Codes("bollnas.forebyggande"), ElementsAre("SIG-B2"));
}

}  // namespace
}  // namespace sam::dispatch::test
