// Which answers leave over the connection, by the adapter's mode and the message's MSH-15 and 16.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A message with these conditions; a wrong version makes it refused, a missing field put aside.
enum class Fate { kStored, kRefused };
std::string With(const std::string& accept, const std::string& application, const std::string& id,
                 Fate fate = Fate::kStored) {
  std::string text = Numbered("siu_s26_missed", id);
  const size_t at = text.find("|AL|NE|");
  text.replace(at, 7, "|" + accept + "|" + application + "|");
  if (fate == Fate::kRefused) text.replace(text.find("|T|2.5.1"), 3, "|P|");  // a test system
  return text;
}

AdapterConfig Mode(hl7::AckMode mode, bool answer_anyway = false) {
  AdapterConfig config = TestConfig();
  ListenOf(config).ack_mode = mode;
  ListenOf(config).answer_anyway = answer_anyway;
  return config;
}

std::string Code(const std::string& ack) {
  const size_t at = ack.find("\rMSA|");
  return at == std::string::npos ? "?" : ack.substr(at + 5, 2);
}

// The codes that come over the connection for one message.
std::vector<std::string> Codes(hl7::AckMode mode, bool anyway, const std::string& message) {
  ServerRig rig(Mode(mode, anyway));
  Peer peer(rig.server->port());
  peer.QueueFrame(message);
  // Something that is always answered, so that silence can be told from slowness.
  peer.QueueFrame(With("", "", "LAST"));
  const auto last = [&] {
    return !peer.acks.empty() && peer.acks.back().find("|LAST") != std::string::npos;
  };
  EXPECT_TRUE(rig.Until({&peer}, last));
  std::vector<std::string> out;
  for (const std::string& ack : peer.acks) out.push_back(Code(ack));
  if (!out.empty()) out.pop_back();
  return out;
}

TEST(AckModes, EnhancedFollowsTheTable) {
  struct Case {
    const char* accept;
    const char* application;
    Fate fate;
    std::vector<std::string> expect;
  };
  using Codes_ = std::vector<std::string>;
  const std::vector<Case> cases = {
      {"", "", Fate::kStored, Codes_{"AA"}},          {"", "", Fate::kRefused, Codes_{"AR"}},
      {"NE", "NE", Fate::kStored, Codes_{}},          {"AL", "NE", Fate::kStored, Codes_{"CA"}},
      {"AL", "NE", Fate::kRefused, Codes_{"CR"}},     {"SU", "NE", Fate::kStored, Codes_{"CA"}},
      {"SU", "NE", Fate::kRefused, Codes_{}},         {"ER", "NE", Fate::kStored, Codes_{}},
      {"ER", "NE", Fate::kRefused, Codes_{"CR"}},     {"NE", "AL", Fate::kStored, Codes_{"AA"}},
      {"NE", "ER", Fate::kStored, Codes_{}},          {"NE", "ER", Fate::kRefused, Codes_{"AR"}},
      {"AL", "AL", Fate::kStored, Codes_{"CA", "AA"}}, {"AL", "SU", Fate::kStored, Codes_{"CA", "AA"}},
      {"AL", "ER", Fate::kStored, Codes_{"CA"}},      {"AL", "", Fate::kStored, Codes_{"CA"}},
      {"", "AL", Fate::kStored, Codes_{"AA"}}};
  for (const Case& one : cases)
    EXPECT_EQ(Codes(hl7::AckMode::kEnhanced, false,
                    With(one.accept, one.application, "X", one.fate)),
              one.expect)
        << one.accept << "/" << one.application;
}

TEST(AckModes, OriginalAnswersOnceWhateverTheConditions) {
  for (const char* application : {"", "NE", "AL"})
    EXPECT_EQ(Codes(hl7::AckMode::kOriginal, false, With("AL", application, "X")),
              std::vector<std::string>{"AA"})
        << application;
  EXPECT_EQ(Codes(hl7::AckMode::kOriginal, false, With("NE", "NE", "X")),
            std::vector<std::string>());
  EXPECT_EQ(Codes(hl7::AckMode::kOriginal, true, With("NE", "NE", "X")),
            std::vector<std::string>{"AA"});
}

TEST(AckModes, AlwaysAaAnswersOnceEvenToNever) {
  for (const char* condition : {"", "NE", "AL", "ER", "SU"})
    EXPECT_EQ(Codes(hl7::AckMode::kAlwaysAA, false, With(condition, condition, "X")),
              std::vector<std::string>{"AA"})
        << condition;
}

TEST(AckModes, TheApplicationAnswerFollowsTheAcceptAnswerOfItsOwnMessage) {
  ServerRig rig(Mode(hl7::AckMode::kEnhanced));
  Peer peer(rig.server->port());
  for (int i = 0; i < 20; ++i) peer.QueueFrame(With("AL", "AL", "N" + std::to_string(i)));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 40; })) << peer.acks.size();
  for (size_t i = 0; i < 20; ++i) {
    EXPECT_THAT(peer.acks[2 * i], HasSubstr("MSA|CA|N" + std::to_string(i) + "\r"));
    EXPECT_THAT(peer.acks[2 * i + 1], HasSubstr("MSA|AA|N" + std::to_string(i) + "\r"));
    // A message of its own: another id, and nobody is asked to confirm it.
    EXPECT_THAT(peer.acks[2 * i + 1], HasSubstr("|2.5.1|||NE|NE"));
  }
}

TEST(AckModes, TheSameMessageAgainGetsBothAnswersAgain) {
  ServerRig rig(Mode(hl7::AckMode::kEnhanced));
  Peer peer(rig.server->port());
  peer.QueueFrame(With("AL", "AL", "SAME"));
  peer.QueueFrame(With("AL", "AL", "SAME"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 4; }));
  EXPECT_EQ(Code(peer.acks[2]), "CA");
  EXPECT_EQ(Code(peer.acks[3]), "AA");
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

TEST(AckModes, AConfirmationOfOurApplicationAnswerIsTakenInSilence) {
  ServerRig rig(Mode(hl7::AckMode::kEnhanced));
  Peer peer(rig.server->port());
  peer.QueueFrame(With("AL", "AL", "X"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; }));
  const std::string header = peer.acks[1].substr(0, peer.acks[1].find('\r'));
  size_t at = 0;
  for (int i = 0; i < 9; ++i) at = header.find('|', at) + 1;
  const std::string id = header.substr(at, header.find('|', at) - at);
  peer.QueueFrame("MSH|^~\\&|COSMIC||SAMSIGNAL||20260302||ACK|C1|T|2.5.1\rMSA|CA|" + id + "\r");
  peer.QueueFrame("MSH|^~\\&|COSMIC||SAMSIGNAL||20260302||ACK|C2|T|2.5.1\rMSA|CA|STRAY\r");
  peer.QueueFrame(With("", "", "LAST"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 3; }));
  ASSERT_EQ(rig.Quarantine().size(), 1U);  // the stray one only
  EXPECT_EQ(rig.Quarantine()[0].reason, "acknowledgement");
}

TEST(AckModes, WithoutAPlaceForItNoApplicationAnswerIsSent) {
  AdapterConfig config = Mode(hl7::AckMode::kEnhanced);
  ListenOf(config).application_ack.where = ApplicationAck::Where::kNone;
  ServerRig rig(std::move(config));
  Peer peer(rig.server->port());
  peer.QueueFrame(With("AL", "AL", "X"));
  peer.QueueFrame(With("", "", "LAST"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; }));
  EXPECT_THAT(peer.acks[0], HasSubstr("MSA|CA|X"));
  EXPECT_THAT(peer.acks[1], HasSubstr("MSA|AA|LAST"));
}

TEST(AckModes, AMessageThatIsPutAsideIsAnsweredByPolicyInBothKinds) {
  for (const bool accepts : {true, false}) {
    AdapterConfig config = Mode(hl7::AckMode::kEnhanced);
    config.quarantine_accepts = accepts;
    ServerRig rig(std::move(config));
    Peer peer(rig.server->port());
    std::string text = With("AL", "AL", "X");
    text.erase(text.find("\rSCH|") + 1, text.find("\rPID|") - text.find("\rSCH|"));
    peer.QueueFrame(text);
    ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; })) << accepts;
    EXPECT_EQ(Code(peer.acks[0]), accepts ? "CA" : "CE");
    EXPECT_EQ(Code(peer.acks[1]), accepts ? "AA" : "AE");
    EXPECT_EQ(rig.Quarantine().size(), 1U);
  }
}

}  // namespace
}  // namespace sam::mllp::test
