// What went wrong in other engines, on the side that sends and reads answers: one test each, named
// after the harm. The reference of each stands above it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "adapters/mllp/probe.h"
#include "tests/unit/adapters/mllp/answer_rig.h"
#include "tests/unit/adapters/mllp/fake_listener.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;

Status ProbeAgainst(const std::string& answer, size_t cut = 0) {
  FakeListener listener(answer, cut);
  const SystemClock clock;
  return Probe("127.0.0.1:" + std::to_string(PortOf(listener.fd)),
               Source("tests/fixtures/bvc/siu_s26_missed.hl7"), clock, ProbeOptions(),
               [](const std::string&) {});
}

std::string Ack(const std::string& code, const std::string& id) {
  return hl7::Frame("MSH|^~\\&|A|B|C|D|20260302||ACK|1|T|2.5\rMSA|" + code + "|" + id + "\r");
}

// python-hl7 44.
TEST(KnownBugs, AnAcknowledgementInTwoPiecesWasLost) {
  const std::string ack = Ack("AA", "B0009");
  for (size_t cut = 0; cut <= ack.size(); ++cut)
    EXPECT_TRUE(ProbeAgainst(ack, cut).ok()) << cut;
  Receiver receiver;
  receiver.reply = nullptr;
  SenderRig rig;
  rig.Start(receiver.address());
  for (size_t cut = 1; cut < 40; cut += 3) {
    rig.Append("N" + std::to_string(cut));
    const size_t before = receiver.got.size();
    ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == before + 1; }));
    const std::string frame = hl7::Frame(Receiver::Ack(receiver.got.back(), "CA"));
    ::send(receiver.connection->fd(), frame.data(), cut, MSG_NOSIGNAL);
    ASSERT_TRUE(rig.sender->Step().ok());
    ::send(receiver.connection->fd(), frame.data() + cut, frame.size() - cut, MSG_NOSIGNAL);
    ASSERT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; })) << cut;
  }
  EXPECT_EQ(receiver.connections, 1);
}

// Mirth 1441, 2070, 2071.
TEST(KnownBugs, ALateAcknowledgementWasTakenForTheNextMessage) {
  Receiver receiver;
  receiver.reply = nullptr;
  SenderRig rig;
  rig.Start(receiver.address());
  rig.Append("N1");
  rig.Append("N2");
  ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == 1; }));
  rig.time.Advance(int64_t{rig.config_ack.answer_timeout_ms} + 1);
  ASSERT_TRUE(rig.sender->Step().ok());
  EXPECT_FALSE(rig.sender->connected());  // nothing late can come in any more
  rig.time.Advance(60'000);
  // Now N1 again, on a new connection; the answer that comes there is for N2 and is not believed.
  receiver.reply = [](const std::string&) {
    return "MSH|^~\\&|A||B||20260302||ACK|R1|T|2.5\rMSA|CA|N2\r";
  };
  ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == 2; }));
  ASSERT_TRUE(rig.Until(receiver, [&] { return !rig.sender->connected(); }));
  EXPECT_EQ(rig.Waiting(), 2U);
}

// Mirth 2986.
TEST(KnownBugs, AGarbageReplyCountedAsSent) {
  for (const std::string& reply :
       {std::string("fail"), std::string("MSA"), std::string(), std::string("\x06"),
        std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("MSH|^~\\&|\r")}) {
    EXPECT_FALSE(ProbeAgainst(hl7::Frame(reply)).ok()) << reply;
    EXPECT_FALSE(ProbeAgainst(reply).ok()) << reply;
    Receiver receiver;
    receiver.reply = [&reply](const std::string&) { return reply; };
    SenderRig rig;
    rig.Start(receiver.address());
    rig.Append("N1");
    ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == 1; }));
    ASSERT_TRUE(rig.Until(receiver, [&] { return !rig.sender->connected(); })) << reply;
    EXPECT_EQ(rig.Waiting(), 1U) << reply;
  }
}

// Mirth 734 and 1314.
TEST(KnownBugs, APeerThatDidNotAnswerWasFloodedWithCopies) {
  Receiver receiver;
  receiver.reply = nullptr;
  SenderRig rig;
  rig.Start(receiver.address());
  rig.Append("N1");
  testing::internal::CaptureStderr();
  for (int second = 0; second < 3600; ++second) {
    receiver.Pump();
    ASSERT_TRUE(rig.sender->Step().ok());
    rig.time.Advance(1000);
  }
  testing::internal::GetCapturedStderr();
  EXPECT_GE(receiver.got.size(), 30U);
  EXPECT_LE(receiver.got.size(), 70U);
  EXPECT_EQ(std::set<std::string>(receiver.got.begin(), receiver.got.end()).size(), 1U);
}

// The other side of it: copies by the thousand are one event.
TEST(KnownBugs, CopiesByTheThousandBecameEventsByTheThousand) {
  ServerRig rig;
  Peer peer(rig.server->port());
  for (int i = 0; i < 2000; ++i) peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2000; }));
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

// Mirth 1153.
TEST(KnownBugs, AnAnswerWithoutAFrameWasCalledATimeout) {
  const Status status = ProbeAgainst("MSA|AA|B0009\r");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("bytes came but no VT"));
  EXPECT_THAT(status.error().message, HasSubstr("4d53417c41417c"));
}

// Google's sender.
TEST(KnownBugs, ANegativeAcknowledgementCountedAsDelivered) {
  for (const char* code : {"AE", "AR", "CE", "CR"}) {
    const Status status = ProbeAgainst(Ack(code, "B0009"));
    ASSERT_FALSE(status.ok()) << code;
    EXPECT_EQ(status.error().code, Code::kDenied) << code;
    Receiver receiver;
    receiver.reply = [code](const std::string& bytes) { return Receiver::Ack(bytes, code); };
    SenderRig rig;
    rig.Start(receiver.address());
    rig.Append("N1");
    testing::internal::CaptureStderr();
    const bool gone = rig.Until(receiver, [&] { return rig.Waiting() == 0; });
    EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("ack-refused")) << code;
    EXPECT_TRUE(gone) << code;
  }
}

}  // namespace
}  // namespace sam::mllp::test
