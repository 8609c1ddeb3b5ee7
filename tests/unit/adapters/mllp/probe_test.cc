#include "adapters/mllp/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/adapters/mllp/fake_listener.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;

Status ProbeAgainst(const std::string& answer, std::string* told = nullptr) {
  FakeListener listener(answer);
  std::string out;
  const SystemClock clock;
  Status status = Probe("127.0.0.1:" + std::to_string(PortOf(listener.fd)),
                        Source("tests/fixtures/bvc/siu_s26_missed.hl7"), clock,
                              ProbeOptions(), [&](const std::string& line) { out += line + "\n"; });
  if (told != nullptr) *told = out;
  return status;
}

std::string Ack(const std::string& code, const std::string& id) {
  return hl7::Frame("MSH|^~\\&|A|B|C|D|20260302||ACK|1|T|2.5\rMSA|" + code + "|" + id + "\r");
}

TEST(Probe, TellsEachStep) {
  std::string told;
  const Status status = ProbeAgainst(Ack("AA", "B0009"), &told);
  ASSERT_TRUE(status.ok()) << status.error().message;
  for (const char* step :
       {"connected", "sent", "first byte", "acknowledgement AA", "MSA-2 is the MSH-10"})
    EXPECT_THAT(told, HasSubstr(step));
}

TEST(Probe, ANameIsLookedUpAndEachOfItsAddressesTried) {
  FakeListener listener(Ack("AA", "B0009"));  // on 127.0.0.1 alone: ::1 of the same name is refused
  const SystemClock clock;
  const auto probe = [&clock](const std::string& address) {
    return Probe(address, Source("tests/fixtures/bvc/siu_s26_missed.hl7"), clock, ProbeOptions(),
                 [](const std::string&) {});
  };
  const Status status = probe("localhost:" + std::to_string(PortOf(listener.fd)));
  EXPECT_TRUE(status.ok()) << status.error().message;
  const Status nowhere = probe("no-such-name.invalid:2575");
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code, Code::kUnavailable);
  EXPECT_THAT(nowhere.error().message, HasSubstr("no-such-name.invalid"));
}

TEST(Probe, BytesWithoutAFrameAreSaidToBeThatWithHex) {
  const Status status = ProbeAgainst("MSA|AA|B0009\r");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("bytes came but no VT"));
  EXPECT_THAT(status.error().message, HasSubstr("4d53417c"));
}

TEST(Probe, AnAnswerForAnotherMessageIsNoSuccess) {
  EXPECT_FALSE(ProbeAgainst(Ack("AA", "OTHER")).ok());
}

TEST(Probe, ANegativeAnswerIsNoSuccess) {
  for (const char* code : {"AE", "AR", "CE", "CR"}) {
    const Status status = ProbeAgainst(Ack(code, "B0009"));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::kDenied);
  }
}

TEST(Probe, GarbageInAFrameIsNoSuccess) {
  for (const char* answer : {"fail", "MSA", ""})
    EXPECT_FALSE(ProbeAgainst(hl7::Frame(answer)).ok());
}

TEST(Probe, ClosedWithoutAnAnswerIsSaidToBeThat) {
  const Status status = ProbeAgainst("");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, Code::kUnavailable);
}

TEST(Probe, NobodyThereIsSaidToBeThat) {
  const int fd = *ListenOn("127.0.0.1:0");
  const uint16_t port = PortOf(fd);
  ::close(fd);
  std::string out;
  const SystemClock clock;
  const Status status =
      Probe("127.0.0.1:" + std::to_string(port), Source("tests/fixtures/bvc/siu_s26_missed.hl7"),
            clock, ProbeOptions(), [&](const std::string& line) { out += line + "\n"; });
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("cannot connect"));
}

}  // namespace
}  // namespace sam::mllp::test
