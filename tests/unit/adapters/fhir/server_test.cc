// The connector over a real socket: answers leave after the commit, and only then.
#include "adapters/fhir/fhir_server.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/unit/adapters/fhir/served.h"
#include "tests/unit/adapters/tls/authority.h"

namespace sam::fhir::test {
namespace {

using kit::Verdict;
using testing::HasSubstr;
using testing::Not;

TEST(FhirServer, AnswersAfterTheCommitAndNotBefore) {
  Served served;
  Peer peer(served.server->port());
  peer.Post("/fhir/Appointment", Sample("appointment_noshow"));
  EXPECT_FALSE(peer.Readable(200));  // nobody has stored it yet
  EXPECT_TRUE(served.rig.Outbox().empty());
  const std::string answer = peer.Answer([&] { EXPECT_TRUE(served.server->Step(1).ok()); });
  EXPECT_THAT(answer, HasSubstr("HTTP/1.1 201"));
  EXPECT_THAT(answer, HasSubstr("ETag: W/\"3\""));
  EXPECT_EQ(served.rig.Outbox().size(), 1U);
}

TEST(FhirServer, TheSameAgainIsReceivedAgainAndToldOnce) {
  Served served;
  EXPECT_THAT(served.Ask("/fhir/Appointment", Sample("appointment_noshow")), HasSubstr(" 201 "));
  EXPECT_THAT(served.Ask("/fhir/Appointment", Sample("appointment_noshow")), HasSubstr(" 200 "));
  EXPECT_EQ(served.rig.Outbox().size(), 1U);
  std::string other = Sample("appointment_noshow");
  other.replace(other.find("09:30"), 5, "10:30");
  EXPECT_THAT(served.Ask("/fhir/Appointment", other), HasSubstr(" 409 "));
  EXPECT_EQ(served.rig.Quarantine().size(), 1U);
}

TEST(FhirServer, ATransactionIsTakenWholeOrNotAtAll) {
  Served served;
  EXPECT_THAT(served.Ask("/fhir", Sample("bundle_transaction")), HasSubstr("transaction-response"));
  EXPECT_EQ(served.rig.Outbox().size(), 2U);
  // The encounter again with other content, and a new appointment before it.
  std::string changed = Sample("bundle_transaction");
  changed.replace(changed.find("\"a80\""), 5, "\"a99\"");
  changed.replace(changed.find("Appointment/a80"), 15, "Appointment/a99");
  changed.replace(changed.find("10:40:00"), 8, "10:50:00");
  const std::string answer = served.Ask("/fhir", changed);
  EXPECT_THAT(answer, HasSubstr(" 409 "));
  EXPECT_EQ(served.rig.Outbox().size(), 2U);
  // Neither of it is taken, and both lie there.
  ASSERT_EQ(served.rig.Quarantine().size(), 2U);
  EXPECT_EQ(served.rig.Quarantine()[0].reason, "refused-together");
  EXPECT_EQ(served.rig.Quarantine()[1].reason, "refused-conflict");
  EXPECT_THAT(served.Ask("/fhir/Appointment", Sample("appointment_noshow")), HasSubstr(" 201 "));
  EXPECT_EQ(served.rig.Outbox().size(), 3U);
}

TEST(FhirServer, WhatIsNotOfInterestInABundleIsCountedAndHeard) {
  Served served;
  std::string bundle = Sample("bundle_transaction");
  const std::string allergy =
      R"("entry": [{"resource":{"resourceType":"AllergyIntolerance"},"request":{"method":"POST",)"
      R"("url":"AllergyIntolerance"}},)";
  bundle.replace(bundle.find("\"entry\": ["), 10, allergy);
  const std::string answer = served.Ask("/fhir", bundle);
  EXPECT_THAT(answer, HasSubstr("nothing in it is of interest here"));
  EXPECT_EQ(served.rig.Outbox().size(), 2U);
  ASSERT_EQ(served.notes.seen.size(), 1U);
  EXPECT_STREQ(served.notes.seen[0].outcome, "not_wanted");
  EXPECT_EQ(served.notes.seen[0].source, "cosmic.bollnas");
  EXPECT_FALSE(served.notes.seen[0].failed);
}

TEST(FhirServer, AMessageBundleIsAnsweredByOne) {
  Served served;
  EXPECT_THAT(served.Ask("/fhir/$process-message", Sample("bundle_message")),
              HasSubstr("\"code\":\"ok\""));
  EXPECT_EQ(served.rig.Outbox().size(), 1U);
}

TEST(FhirServer, WhatCannotBeToldIsAcceptedAndKeptForAPerson) {
  Served served;
  std::string nobody = Sample("appointment_noshow");
  nobody.replace(nobody.find("nationelltReservnummer"), 22, "somethingElseEntirely1");
  nobody.replace(nobody.find("\"type\": \"Patient\""), 17, "\"type\": \"Group\"  ");
  const std::string answer = served.Ask("/fhir/Appointment", nobody);
  EXPECT_THAT(answer, HasSubstr(" 202 "));
  EXPECT_THAT(answer, HasSubstr("subject.ids"));
  EXPECT_THAT(answer, testing::Not(HasSubstr("98240301AA06")));
  EXPECT_EQ(served.rig.Quarantine().size(), 1U);
}

TEST(FhirServer, WhileItRefusesSendersAreAskedToComeBack) {
  Served served;
  served.server->SetRefusing(true);
  const std::string answer = served.Ask("/fhir/Appointment", Sample("appointment_noshow"));
  EXPECT_THAT(answer, HasSubstr(" 503 "));
  EXPECT_THAT(answer, HasSubstr("Retry-After: "));
  EXPECT_TRUE(served.rig.Outbox().empty());
  served.server->SetRefusing(false);
  EXPECT_THAT(served.Ask("/fhir/Appointment", Sample("appointment_noshow")), HasSubstr(" 201 "));
}

TEST(FhirServer, MoreThanTheQueueHoldsIsAskedToComeBack) {
  Served served;  // a queue of four, and nobody works
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 5; ++i) {
    peers.push_back(std::make_unique<Peer>(served.server->port()));
    peers.back()->Post("/fhir/Appointment", Sample("appointment_noshow"));
  }
  int busy = 0;
  for (int round = 0; round < 200 && busy == 0; ++round)
    for (const auto& peer : peers)
      if (peer->Readable(5)) {
        EXPECT_THAT(peer->Answer([] {}), HasSubstr(" 429 "));
        ++busy;
        break;
      }
  EXPECT_EQ(busy, 1);
}

TEST(FhirServer, AFullDiskKeepsNothingAndSaysSo) {
  Served served;
  served.rig.faults.SetFull(true);
  const std::string answer = served.Ask("/fhir/Appointment", Sample("appointment_noshow"));
  EXPECT_THAT(answer, HasSubstr(" 503 "));
  EXPECT_TRUE(served.rig.Outbox().empty());
}

TEST(FhirServer, HostileBodiesAreRefused) {
  Served served;
  const auto now = [&](const std::string& body) { return served.Ask("/fhir/Appointment", body); };
  EXPECT_THAT(now(std::string(100'000, '[')), HasSubstr(" 400 "));
  EXPECT_THAT(now("{\"a\":1,\"a\":2}"), HasSubstr("the same name twice"));
  EXPECT_THAT(now("{\"a\":1e999}"), HasSubstr(" 400 "));
  EXPECT_THAT(now("{\"a\":\"\xff\"}"), HasSubstr("UTF-8"));
  EXPECT_THAT(served.Ask("/fhir/metadata", "", "GET"), HasSubstr("CapabilityStatement"));
}

// Requests that the HTTP thread turns down reached no alarm and no log.
TEST(FhirServer, WhatIsTurnedDownReachesTheWatchAndTheLogOnce) {
  Served served;
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_THAT(served.Ask("/fhir/Appointment", "{"), HasSubstr(" 400 "));
  EXPECT_THAT(served.Ask("/fhir/Appointment", R"({"resourceType":"Appointment","status":"Canaryord",)"
                                              R"("participant":[{"status":"accepted"}]})"),
              HasSubstr(" 422 "));
  EXPECT_THAT(served.Ask("/fhir/Medication", "{}"), HasSubstr(" 404 "));
  EXPECT_THAT(served.Ask("/fhir", R"({"resourceType":"Bundle","type":"batch","entry":[{}]})"),
              HasSubstr(" 200 "));
  EXPECT_TRUE(served.server->Step(1).ok());
  const std::string log =
      testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  ASSERT_EQ(served.notes.seen.size(), 4U);
  for (const kit::ObservedMessage& one : served.notes.seen) {
    EXPECT_EQ(one.source, "cosmic.bollnas");
    EXPECT_STREQ(one.outcome, "refused");
    EXPECT_TRUE(one.failed);
  }
  const size_t told = log.find("requests-refused");
  ASSERT_NE(told, std::string::npos) << log;
  EXPECT_EQ(log.find("requests-refused", told + 1), std::string::npos) << log;
  EXPECT_THAT(log, HasSubstr("peer=127.0.0.1"));
  EXPECT_THAT(log, HasSubstr("status=4"));
  EXPECT_THAT(log, Not(HasSubstr("Canaryord")));
  // How many the adapter's thread finds at its first look depends on the two threads.
  const int first = std::atoi(log.c_str() + log.find("count=", told) + 6);
  ASSERT_GE(first, 1);
  ASSERT_LE(first, 4);
  // Ten seconds later what has come since, with the last of it.
  served.rig.clock.Advance(11'000);
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  EXPECT_TRUE(served.server->Step(1).ok());
  const std::string later =
      testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout();
  const std::string rest = first < 4 ? "count=" + std::to_string(4 - first) : "";
  EXPECT_THAT(later, HasSubstr(rest));
  EXPECT_THAT(first < 4 ? later : log, HasSubstr("place=Bundle.entry[0].request"));
}

TEST(FhirServer, ItsCertificateIsKnownToTheWatch) {
  const std::string folder = testing::TempDir() + "fhir_server_" + std::to_string(::getpid());
  ::mkdir(folder.c_str(), 0700);
  tls::test::Authority authority(folder);
  const tls::test::Files files = authority.Server(9);
  FhirRig rig;
  rig.settings().plain = false;
  rig.settings().tls.certificate = files.certificate;
  rig.settings().tls.key = files.key;
  sam::test::CertificateNotes notes;
  kit::ConnectorParts parts = rig.Parts();
  parts.observer = &notes;
  const auto server = FhirServer::Open(rig.settings(), parts);
  ASSERT_TRUE(server.ok()) << server.error().message;
  ASSERT_EQ(notes.noted.size(), 1U);
  EXPECT_EQ(notes.noted[0].first, "fhir");
  const int64_t left = notes.noted[0].second - SystemClock().Now().value;
  EXPECT_NEAR(static_cast<double>(left), 9.0 * kDayMs, 600'000.0);
  notes.noted.clear();
  EXPECT_TRUE((*server)->Step(1).ok());
  EXPECT_FALSE(notes.noted.empty()) << "a new one is told as well";
  for (const std::string& file : {files.certificate, files.key, authority.ca_file()})
    ::unlink(file.c_str());
  ::rmdir(folder.c_str());
}

TEST(FhirServer, MetadataNamesWhatTheMappingReads) {
  FhirRig rig;
  rig.LoadMapping(std::string(SAM_SOURCE) + "/adapters/social/mappings/social-fhir.toml");
  rig.OpenPipeline();
  const auto server = FhirServer::Open(rig.settings(), rig.Parts());
  ASSERT_TRUE(server.ok()) << server.error().message;
  Peer peer((*server)->port());
  peer.Post("/fhir/metadata", "", "GET");
  const std::string answer = peer.Answer([] {});
  EXPECT_THAT(answer, HasSubstr("{\"type\":\"Task\""));
  EXPECT_THAT(answer, Not(HasSubstr("{\"type\":\"Appointment\"")));
}

// It said that a certificate names the source also where none is asked for.
TEST(FhirServer, MetadataSaysHowItIsServed) {
  Served plain;
  const std::string behind = plain.Ask("/fhir/metadata", "", "GET");
  EXPECT_THAT(behind, HasSubstr("No certificate is asked for here"));
  EXPECT_THAT(behind, Not(HasSubstr("\"url\":")));
  const std::string open = CapabilityStatement({"https://fhir.example/r4", true}, {});
  EXPECT_THAT(open, HasSubstr("\"url\":\"https://fhir.example/r4\""));
  EXPECT_THAT(open, HasSubstr("A client certificate names the source."));
}

TEST(FhirServer, AResourceOfTomorrowShowsAWrongClockAndOneThatWaitedDoesNot) {
  FhirRig rig;
  const Verdict old = rig.Take(Sample("appointment_noshow"));
  ASSERT_TRUE(old.sent_at.has_value());
  EXPECT_EQ(*old.sent_at, rig.clock.Now());
  std::string ahead = Sample("appointment_noshow");
  ahead.replace(ahead.find("2026-03-02T09:13:00Z"), 20, "2026-03-03T10:00:00Z");
  ahead.replace(ahead.find("\"versionId\": \"3\""), 16, "\"versionId\": \"4\"");
  const Verdict verdict = rig.Take(ahead);
  ASSERT_TRUE(verdict.sent_at.has_value());
  EXPECT_EQ(verdict.sent_at->value - rig.clock.Now().value, kDayMs);
}

}  // namespace
}  // namespace sam::fhir::test
