// Application acknowledgements to another address: a fake receiver in the test's own thread.
#include "adapters/mllp/answer_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/support/certificate_notes.h"
#include "tests/unit/adapters/mllp/answer_rig.h"
#include "tests/unit/adapters/mllp/tls_peer.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;

TEST(AnswerSender, SendsInOrderAndForgetsWhatWasTaken) {
  Receiver receiver;
  SenderRig rig;
  rig.Start(receiver.address());
  for (int i = 0; i < 50; ++i) rig.Append("N" + std::to_string(i));
  EXPECT_EQ(rig.Waiting(), 50U);
  ASSERT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; }));
  ASSERT_EQ(receiver.got.size(), 50U);
  for (size_t i = 0; i < 50; ++i)
    EXPECT_THAT(receiver.got[i], HasSubstr("|N" + std::to_string(i) + "|"));
  EXPECT_EQ(receiver.connections, 1);
}

TEST(AnswerSender, WaitsOnDiskWhileTheReceiverIsAwayAndOverARestart) {
  SenderRig rig;
  {
    Receiver gone;
    rig.Start(gone.address());
  }
  rig.Append("N1");
  Receiver receiver;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(rig.sender->Step().ok());
  EXPECT_EQ(rig.Waiting(), 1U);
  rig.sender.reset();
  rig.queue.reset();
  rig.Crash();
  rig.Start(receiver.address());
  EXPECT_EQ(rig.Waiting(), 1U);
  EXPECT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; }));
}

TEST(AnswerSender, ThePauseGrowsWhileNobodyIsThere) {
  SenderRig rig;
  {
    Receiver gone;
    rig.Start(gone.address());
  }
  rig.Append("N1");
  testing::internal::CaptureStderr();
  for (int second = 0; second < 300; ++second) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(rig.sender->Step().ok());
    rig.time.Advance(1000);
  }
  const std::string told = testing::internal::GetCapturedStderr();
  const auto tries = std::count(told.begin(), told.end(), '\n');
  EXPECT_GE(tries, 5);
  EXPECT_LE(tries, 12);
}

TEST(AnswerSender, NoAnswerInTimeSendsTheSameAgainOnANewConnection) {
  Receiver receiver;
  receiver.reply = nullptr;
  SenderRig rig;
  rig.Start(receiver.address());
  rig.Append("N1");
  ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == 1; }));
  rig.time.Advance(11'000);
  ASSERT_TRUE(rig.sender->Step().ok());
  receiver.reply = [](const std::string& bytes) { return Receiver::Ack(bytes, "CA"); };
  rig.time.Advance(2'000);
  ASSERT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; }));
  EXPECT_EQ(receiver.connections, 2);
  EXPECT_EQ(receiver.got[0], receiver.got[1]);  // with the same MSH-10
}

TEST(AnswerSender, AnAnswerForAnotherMessageOrGarbageIsNoConfirmation) {
  for (const char* reply : {"MSH|^~\\&|A||B||20260302||ACK|R1|T|2.5\rMSA|CA|OTHER\r", "fail", "MSA",
                            "MSH|^~\\&|A||B||20260302||ACK|R1|T|2.5\rMSA|OK|N1\r"}) {
    Receiver receiver;
    receiver.reply = [reply](const std::string&) { return std::string(reply); };
    SenderRig rig;
    rig.Start(receiver.address());
    rig.Append("N1");
    ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == 1; }));
    for (int i = 0; i < 50; ++i) {
      receiver.Pump();
      ASSERT_TRUE(rig.sender->Step().ok());
    }
    EXPECT_EQ(rig.Waiting(), 1U) << reply;
    EXPECT_FALSE(rig.sender->connected()) << reply;
  }
}

TEST(AnswerSender, WhatIsRefusedIsNotSentForEver) {
  Receiver receiver;
  receiver.reply = [](const std::string& bytes) {
    return Receiver::Ack(bytes, bytes.find("|N1|") != std::string::npos ? "CR" : "CA");
  };
  SenderRig rig;
  rig.Start(receiver.address());
  rig.Append("N1");
  rig.Append("N2");
  ASSERT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; }));
  EXPECT_EQ(receiver.got.size(), 2U);
}

TEST(AnswerSender, AConfirmationMayComeByteByByte) {
  Receiver receiver;
  receiver.reply = nullptr;
  SenderRig rig;
  rig.Start(receiver.address());
  rig.Append("N1");
  ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == 1; }));
  for (const char byte : hl7::Frame(Receiver::Ack(receiver.got[0], "CA"))) {
    EXPECT_EQ(rig.Waiting(), 1U);
    ASSERT_EQ(::send(receiver.connection->fd(), &byte, 1, MSG_NOSIGNAL), 1);
    ASSERT_TRUE(rig.sender->Step().ok());
  }
  EXPECT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; }));
}

TEST(AnswerSender, WithoutConfirmationItIsEnoughThatItIsWritten) {
  Receiver receiver;
  receiver.reply = nullptr;
  SenderRig rig;
  rig.config_ack.confirmed = false;
  rig.Start(receiver.address());
  rig.Append("N1");
  rig.Append("N2");
  ASSERT_TRUE(rig.Until(receiver, [&] { return receiver.got.size() == 2; }));
  EXPECT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; }));
}

TEST(AnswerSender, SpeaksTlsAndShowsItsCertificate) {
  Certificates certificates;
  tls::ServerOptions options;
  const tls::test::Files server = certificates.authority.Server();
  options.certificate_file = server.certificate;
  options.key_file = server.key;
  options.client_ca_file = certificates.authority.ca_file();
  tls::Context context = std::move(tls::Context::Server(options)).value();
  Receiver receiver(&context);
  SenderRig rig;
  const tls::test::Files own = certificates.authority.Client("samsignal.example");
  rig.config_ack.tls = tls::ClientOptions{certificates.authority.ca_file(), "127.0.0.1",
                                          own.certificate, own.key};
  rig.Start(receiver.address());
  rig.Append("N1");
  ASSERT_TRUE(rig.Until(receiver, [&] { return rig.Waiting() == 0; }));
  EXPECT_EQ(receiver.connection->certificate()->names[0], "samsignal.example");
}

TEST(AnswerQueue, AboveItsLimitTheOldestGoes) {
  Rig rig;
  AnswerQueue queue(*rig.store, 3);
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  for (int i = 1; i <= 3; ++i) EXPECT_FALSE(*queue.Append(std::to_string(i)));
  EXPECT_TRUE(*queue.Append("4"));
  ASSERT_TRUE(rig.pipeline->Commit().ok());
  EXPECT_EQ(queue.Waiting()->size(), 3U);
  EXPECT_FALSE(queue.Get(1)->has_value());
  EXPECT_EQ(**queue.Get(4), "4");
}

TEST(AnswerQueue, AGroupThatIsLostLeavesNothing) {
  Rig rig;
  AnswerQueue queue(*rig.store);
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  ASSERT_TRUE(queue.Append("1").ok());
  ASSERT_TRUE(rig.pipeline->Begin().ok());
  EXPECT_EQ(queue.Waiting()->size(), 0U);
}

TEST(AnswerSender, TheEndOfTheCertificateThatItShowsIsWatched) {
  sam::test::CertificateNotes notes;
  Certificates certificates;
  const tls::test::Files own = certificates.authority.Client("samsignal.example");
  AdapterConfig config = TestConfig();
  ApplicationAck& ack = ListenOf(config).application_ack;
  ack.where = ApplicationAck::Where::kElsewhere;
  ack.address = "127.0.0.1:9";
  ack.tls = tls::ClientOptions{certificates.authority.ca_file(), "127.0.0.1", own.certificate, own.key};
  ServerRig rig(std::move(config), &notes);
  EXPECT_TRUE(rig.Until({}, [&] { return !notes.noted.empty(); }));
  for (const auto& [name, ends] : notes.noted) {
    EXPECT_EQ(name, "mllp-answers");
    EXPECT_GT(ends, 0);
  }
}

// The whole way: a message in, the accept acknowledgement back, the application's elsewhere.
TEST(AnswerSender, TheServerSendsItsApplicationAnswersElsewhere) {
  Receiver receiver;
  AdapterConfig config = TestConfig();
  ListenOf(config).ack_mode = hl7::AckMode::kEnhanced;
  ListenOf(config).application_ack.where = ApplicationAck::Where::kElsewhere;
  ListenOf(config).application_ack.address = receiver.address();
  ServerRig rig(std::move(config));
  Peer peer(rig.server->port());
  std::string text = Fixture("siu_s26_missed");
  text.replace(text.find("|AL|NE|"), 7, "|AL|AL|");
  peer.QueueFrame(text);
  ASSERT_TRUE(rig.Until({&peer}, [&] {
    receiver.Pump();
    return receiver.got.size() == 1 && peer.acks.size() == 1;
  }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|CA|B0009"));
  EXPECT_THAT(receiver.got[0], HasSubstr("MSA|AA|B0009"));
  EXPECT_THAT(receiver.got[0], HasSubstr("|2.5.1|||AL|NE"));
}

}  // namespace
}  // namespace sam::mllp::test
