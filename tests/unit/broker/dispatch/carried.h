// A scene whose receivers are all connected, and words for what is told for others: orders of examinations,
// joint visits, a guardian's dental care, calls to a plan. One thread.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/broker/dispatch/scene.h"

namespace sam::dispatch::test {

class Carried : public Scene {
 protected:
  using State = schema::ConsentChanged::State;
  using Kind = schema::SocialExamRequested::ExamKind;
  using Level = schema::CoordTsiChanged::Level;
  static constexpr char kClinic[] = "barnklinik.gavleborg";
  static constexpr char kBoard[] = "bollnas.placering";

  void SetUp() override {
    directory_ = FileText("directory.toml");
    for (const std::string none = "channel = \"none\"\nreceipts = false\n";
         directory_.find(none) != std::string::npos;)
      directory_.erase(directory_.find(none), none.size());
    Scene::SetUp();
    for (const char* function : {kClinic, kBoard, "bollnas.forebyggande", "ftv.edsbyn",
                                 "ovanaker.ekonomi", "ftv.bollnas", "bvc.gavle"})
      Connected(function);
    Tick(Day(200));
  }
  void AsBoard() {
    org_ = "2120002361";
    board_ = "Socialnämnden";
    unit_ = "";
  }
  void AsCare(const std::string& unit = kUnit) {
    org_ = "2321000198";
    board_ = "Hälso- och sjukvårdsnämnden";
    unit_ = unit;
  }
  Fill Order(const std::string& id, Kind kind = Kind::HEALTH,
             const std::string& due = "2026-03-01", const std::string& contact = kBoard) {
    return [=](schema::Event::Builder e) {
      auto order = e.getBody().initSocialExamRequested();
      order.setOrderId(id);
      order.setExamKind(kind);
      order.setDueDate(due);
      order.setContactFunction(contact);
    };
  }
  Fill Reported(const std::string& id, schema::ExamResult result = schema::ExamResult::DONE) {
    return [=](schema::Event::Builder e) {
      auto report = e.getBody().initHealthExamReported();
      report.setOrderId(id);
      report.setResult(result);
      report.setDate("2026-02-10");
      report.setReportRef("U-7");
      report.setNotDone(schema::ExamNotDone::DECLINED);
    };
  }
  Fill Corrects(const std::string& old, const Fill& body) {
    return [=](schema::Event::Builder e) {
      body(e);
      e.getHeader().setStatus(schema::EventStatus::CORRECTED);
      e.getHeader().setReplaces(wire::AsData(jt::EventOf(old).view()));
    };
  }
  void Yes(const std::string& id, std::vector<std::string> scope, const char* person = kChild,
           State state = State::GIVEN, int day = 190) {
    Tell(id + std::to_string(static_cast<int>(state)), Day(day), [&](schema::Event::Builder e) {
      auto body = e.getBody().initConsentChanged();
      body.setConsentId(id);
      wire::SetTexts(body.initScope(static_cast<unsigned>(scope.size())), scope);
      body.setState(state);
      body.setAllGuardians(schema::YesNo::YES);
    }, person);
  }
  Fill Booked(const std::string& booking, int day,
              schema::HomeVisitKind kind = schema::HomeVisitKind::JOINT, Level level = Level::UNKNOWN) {
    return [=](schema::Event::Builder e) {
      auto visit = e.getBody().initBvcVisitBooked();
      visit.setAppointmentId(booking);
      visit.setVisitCode("rinkeby.2");
      visit.setStart(Day(day).value);
      visit.setMode(schema::VisitMode::HOME);
      visit.setHomeVisit(kind);
      visit.setLevel(level);
    };
  }
  Fill Offered(bool accepted, bool cost, const std::string& clinic = "SE2321000198-FTVEDSBYN") {
    return [=](schema::Event::Builder e) {
      auto offer = e.getBody().initBvcGuardianDentalOffered();
      offer.setAccepted(accepted ? schema::YesNo::YES : schema::YesNo::NO);
      offer.setClinicHsaId(clinic);
      offer.setContactWay("TEL");
      if (cost) offer.setCostHelp(schema::YesNo::YES);
    };
  }
  Fill Called(const std::vector<std::string>& parties, const std::string& consent = "S-1",
              const std::string& meeting = "2026-03-20",
              schema::CoordinationState state = schema::CoordinationState::CALLED) {
    return [=](schema::Event::Builder e) {
      auto plan = e.getBody().initCoordTsiChanged();
      plan.setPlanId("plan-1");
      plan.setState(state);
      plan.setMeetingDate(meeting);
      wire::SetTexts(plan.initParties(static_cast<unsigned>(parties.size())), parties);
      plan.setConsentRef(consent);
      plan.setLevel(schema::CoordTsiChanged::Level::SELECTIVE);
    };
  }
  std::vector<std::string> Reasons(const std::string& code) {
    std::vector<std::string> reasons;
    const auto done = hub_.store_.Scan(
        spaces::kSignal, "", "", [&](std::string_view, std::string_view value) {
          const auto row = DecodeSignal(value);
          if (row.ok() && row->code == code)
            reasons.insert(reasons.end(), row->reasons.begin(), row->reasons.end());
          return true;
        });
    EXPECT_TRUE(done.ok());
    return reasons;
  }
};

}  // namespace sam::dispatch::test
