// What went wrong in other engines, on the side that receives: one test each, named after the harm.
// The reference of each stands above it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {
namespace {

using testing::HasSubstr;
using testing::Not;

bool Acks(const std::string& ack, const char* code, const std::string& id) {
  return ack.find("MSA|" + std::string(code) + "|" + id + "\r") != std::string::npos ||
         ack.find("MSA|" + std::string(code) + "|" + id + "|") != std::string::npos;
}

// Mirth 2027.
TEST(KnownBugs, AnAcknowledgementCameWhileTheStoreWasDown) {
  for (const Error& error : {Internal("EIO"), Corrupt("checksum"), Exhausted("ENOSPC")}) {
    ServerRig rig;
    Peer peer(rig.server->port());
    rig.faults.FailNextSync(error);
    peer.QueueFrame(Fixture("siu_s26_missed"));
    rig.Until({&peer}, [&] { return peer.closed(); }, 200);
    peer.Pump();
    EXPECT_TRUE(peer.bytes.empty()) << error.message;
  }
}

// Mirth 4382.
TEST(KnownBugs, AHeaderFieldBrokeTheAcknowledgementAfterTheCommitAndTheSenderResentForEver) {
  ServerRig rig;
  Peer peer(rig.server->port());
  const std::vector<std::string> fields = {"MSH", "^~\\&", "COSMIC", "SE1", "SAMSIGNAL", "HUB",
                                           "20260302101500+0100", "", "SIU^S26^SIU_S12", "ID", "T",
                                           "2.5.1", "", "", "AL", "NE", "", "UNICODE UTF-8"};
  const std::string body = Fixture("siu_s26_missed").substr(Fixture("siu_s26_missed").find("\rSCH"));
  size_t sent = 0;
  const auto send = [&](const std::vector<std::string>& header) {
    std::string text;
    for (const std::string& field : header) text += (text.empty() ? "" : "|") + field;
    for (int twice = 0; twice < 2; ++twice) peer.QueueFrame(text + body);
    sent += 2;
  };
  for (size_t field = 2; field < fields.size(); ++field)
    for (const char* content : {"", "^^", "&&", "~~", "^&~", "\\", "\"\""}) {
      std::vector<std::string> header = fields;
      header[9] = "F" + std::to_string(field) + "-" + std::to_string(sent);
      header[field] = content;
      send(header);
    }
  for (size_t count = 2; count < fields.size(); ++count)
    send(std::vector<std::string>(fields.begin(), fields.begin() + static_cast<long>(count)));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == sent; }))
      << peer.acks.size() << " of " << sent;
  for (size_t i = 0; i < sent; i += 2) {  // the same message, the same answer
    const auto msa = [&](size_t n) { return peer.acks[n].substr(peer.acks[n].find("\rMSA|")); };
    EXPECT_EQ(msa(i), msa(i + 1)) << i;
  }
}

// Camel 24668, Google 903a912, IPF 148, Mirth 249.
TEST(KnownBugs, TheSecondMessageOfOneReadWasLost) {
  ServerRig rig;
  Peer peer(rig.server->port());
  std::string all;
  for (int i = 0; i < 1000; ++i)
    all += hl7::Frame(Numbered("dft_p03_not_wanted", "N" + std::to_string(i)));
  peer.Queue(all);
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1000; })) << peer.acks.size();
  for (size_t i = 0; i < 1000; ++i) EXPECT_TRUE(Acks(peer.acks[i], "AA", "N" + std::to_string(i)));
}

TEST(KnownBugs, TheSecondMessageWasLostWhereverTheReadWasCut) {
  ServerRig rig;
  Peer peer(rig.server->port());
  const std::string two = hl7::Frame("MSH|^~\\&|A|B|C|D|20260302||VXU^V04|ONE|T|2.5\r") +
                          hl7::Frame("MSH|^~\\&|A|B|C|D|20260302||VXU^V04|TWO|T|2.5\r");
  for (size_t cut = 1; cut < two.size(); ++cut) {
    peer.acks.clear();
    peer.Queue(two.substr(0, cut));
    peer.Pump();
    ASSERT_TRUE(rig.server->Step(0).ok());
    peer.Queue(two.substr(cut));
    ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; })) << cut;
    EXPECT_TRUE(Acks(peer.acks[0], "AA", "ONE") && Acks(peer.acks[1], "AA", "TWO")) << cut;
  }
}

// node-hl7-server 60, amida mllp 1.
TEST(KnownBugs, AMessageLargerThanOnePacketWasCutShort) {
  AdapterConfig config = TestConfig();
  ListenOf(config).max_frame_bytes = size_t{24} << 20;
  ServerRig rig(std::move(config));
  Peer peer(rig.server->port());
  std::string text = Fixture("siu_s26_missed") + "NTE|1||";
  text.append(size_t{20} << 20, 'x').append("THE END\r");
  peer.QueueFrame(text);
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1; }));
  const auto raw = rig.store->Raw(1);
  ASSERT_TRUE(raw.ok() && raw->has_value());
  EXPECT_TRUE((*raw)->bytes == text);
}

// Mirth 1682, 1664: every limit crossed by one.
TEST(KnownBugs, TheMessageJustAboveALimitWasNeverDelivered) {
  for (const size_t unacked : {size_t{1}, size_t{256}, size_t{5000}}) {
    AdapterConfig config = TestConfig();
    ListenOf(config).max_unacked = unacked;
    ServerRig rig(std::move(config));
    Peer peer(rig.server->port());
    const size_t count = std::max(unacked, size_t{MllpServer::kGroupMessages}) + 1;
    for (size_t i = 0; i < count; ++i)
      peer.QueueFrame("MSH|^~\\&|A|B|C|D|20260302||VXU^V04|N" + std::to_string(i) + "|T|2.5\r");
    ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == count; }))
        << unacked << ": " << peer.acks.size();
    EXPECT_TRUE(Acks(peer.acks.back(), "AA", "N" + std::to_string(count - 1)));
  }
}

// Mirth 1664: the other half.
TEST(KnownBugs, OneThatDoesNotReadStoppedAllOthers) {
  ServerRig rig;
  Peer deaf(rig.server->port());
  deaf.deaf = true;
  for (int i = 0; i < 20'000; ++i)
    deaf.QueueFrame("MSH|^~\\&|A|B|C|D|20260302||VXU^V04|D" + std::to_string(i) + "|T|2.5\r");
  Peer other(rig.server->port());
  for (int i = 0; i < 50; ++i) other.QueueFrame(Numbered("siu_s26_missed", std::to_string(i)));
  ASSERT_TRUE(rig.Until({&deaf, &other}, [&] { return other.acks.size() == 50; }));
}

// Mirth 3474, 942.
TEST(KnownBugs, PruningRemovedWhatWasStillWaiting) {
  Rig rig;
  const auto prune_after = [&](int64_t days) {
    rig.clock.Advance(days * kDayMs);
    ASSERT_TRUE(rig.store->Begin().ok());
    ASSERT_TRUE(rig.store->Prune().ok());
    EXPECT_TRUE(rig.store->TrimOutbox(1000).ok());  // above what the hub has accepted
    ASSERT_TRUE(rig.store->Commit().ok());
  };
  rig.Take(Fixture("siu_s26_missed"));
  rig.Take(Fixture("oru_unknown_enum"));  // to quarantine
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  prune_after(rig.config.keep.open - 1);
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].raw, Fixture("oru_unknown_enum"));
  prune_after(10LL * 365);
  EXPECT_EQ(rig.Outbox().size(), 1U) << "the hub has not taken it";
  // What nobody came for in all that time is gone, and it is seen that it is.
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].state, kit::QuarantineState::kExpired);
}

// Mirth 3170, 3687, 1309, 3367.
TEST(KnownBugs, ABadFrameLeftNoTraceOfItsBytesOrItsPeer) {
  ServerRig rig;
  Peer peer(rig.server->port());
  std::string lost = hl7::Frame(Numbered("siu_s26_missed", "LOST"));
  lost.resize(lost.size() - 2);
  peer.Queue("no frame at all\r" + std::string(80, 'x'));
  peer.QueueFrame("\r\n");
  peer.Queue(lost);
  peer.QueueFrame("PID|1||x\r");
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] {
    return !peer.acks.empty() && Acks(peer.acks.back(), "AA", "B0009");
  }));
  std::vector<std::string> reasons;
  for (const Quarantined& row : rig.Quarantine()) {
    reasons.push_back(row.reason);
    EXPECT_THAT(row.peer, HasSubstr("127.0.0.1:")) << row.reason;
    EXPECT_FALSE(row.detail.empty()) << row.reason;
    EXPECT_FALSE(row.raw.empty()) << row.reason;
  }
  EXPECT_THAT(reasons, testing::UnorderedElementsAre("no-start-byte", "empty-frame", "frame-broken",
                                                     "unreadable"));
  EXPECT_THAT(metrics::Expose(), HasSubstr("samsignal_adapter_messages_total{outcome=\"silent\"}"));
}

// Mirth 2892.
TEST(KnownBugs, AMessageThatFailedRecoveryWasSkippedInSilence) {
  const std::string path = testing::TempDir() + "known_bugs_guard";
  std::remove(path.c_str());
  ServerRig rig;
  const Digest digest = rig.store->rows().ContentDigest(Fixture("siu_s26_missed"));
  const Mac16 key = *Mac16::From(digest.view().substr(0, Mac16::kSize));
  for (int crash = 0; crash < 3; ++crash) {
    Result<CrashGuard> guard = CrashGuard::Open(path, 3);
    ASSERT_TRUE(guard.ok());
    guard->Enter(key);  // and the process ends there
  }
  Result<CrashGuard> guard = CrashGuard::Open(path, 3);
  rig.server =
      std::move(MllpServer::Open(ListenOf(rig.config), rig.Parts(rig.real, &*guard))).value();
  Peer peer(rig.server->port());
  peer.QueueFrame(Fixture("siu_s26_missed"));
  peer.QueueFrame(Fixture("siu_s15_cancelled"));
  testing::internal::CaptureStderr();
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 2; }));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("reason=poison"));
  ASSERT_EQ(rig.Quarantine().size(), 1U);
  EXPECT_EQ(rig.Quarantine()[0].raw, Fixture("siu_s26_missed"));
  EXPECT_EQ(rig.Outbox().size(), 1U);
  rig.server.reset();  // before the guard
}

// Mirth 1293, 1785.
TEST(KnownBugs, AResendBecameASecondEventAndAFixLostItsHistory) {
  ServerRig rig;
  Peer peer(rig.server->port());
  for (int i = 0; i < 3; ++i) peer.QueueFrame(Fixture("siu_s26_missed"));
  peer.QueueFrame(Fixture("oru_unknown_enum"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 4; }));
  EXPECT_EQ(rig.Outbox().size(), 1U);
  std::string fixed = Fixture("oru_unknown_enum");
  fixed.replace(fixed.find("HITTEPA"), 7, "SAMT");
  ASSERT_TRUE(rig.pipeline->Resend(1, fixed, "anna").ok());
  const std::vector<Quarantined> rows = rig.Quarantine();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].raw, Fixture("oru_unknown_enum"));  // the original stays
  EXPECT_EQ(rows[0].fixed_by, rows[1].number);
  EXPECT_EQ(rows[1].fix_of, rows[0].number);
}

// The HTTP relay in HAPI.
TEST(KnownBugs, AnAcknowledgementWentToAnotherConnection) {
  ServerRig rig;
  std::vector<std::unique_ptr<Peer>> peers;
  std::vector<Peer*> all;
  for (int p = 0; p < 50; ++p) {
    peers.push_back(std::make_unique<Peer>(rig.server->port()));
    all.push_back(peers.back().get());
  }
  for (int i = 0; i < 20; ++i)  // by turns, so that groups mix the connections
    for (size_t p = 0; p < 50; ++p)
      peers[p]->QueueFrame("MSH|^~\\&|A|B|C|D|20260302||VXU^V04|P" + std::to_string(p) + "-" +
                           std::to_string(i) + "|T|2.5\r");
  ASSERT_TRUE(rig.Until(all, [&] {
    return std::all_of(all.begin(), all.end(), [](const Peer* p) { return p->acks.size() == 20; });
  }));
  for (size_t p = 0; p < 50; ++p)
    for (size_t i = 0; i < 20; ++i)
      EXPECT_TRUE(Acks(all[p]->acks[i], "AA", "P" + std::to_string(p) + "-" + std::to_string(i)));
}

// nHapi 196 and 210: hang, crash or leak. The fuzz targets go further.
TEST(KnownBugs, AStrangeMessageHungTheParser) {
  ServerRig rig;
  Peer peer(rig.server->port());
  const std::string head = "MSH|^~\\&|A|B|C|D|20260302||SIU^S26^SIU_S12|H";
  size_t count = 0;
  for (const char* unit : {"|", "^", "~", "&", "\\", "\\X", "\\.br", "\r", "\rPID", "\rMSH|", "\"\"",
                           "\xff", "\xe2\x82", "\\F\\", "\rOBX|1|"}) {
    std::string text = head + std::to_string(count++) + "|T|2.5\rSCH|1\rPID|";
    while (text.size() < 300'000) text += unit;
    peer.QueueFrame(text);
  }
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] {
    return !peer.acks.empty() && Acks(peer.acks.back(), "AA", "B0009");
  }));
}

// Camel's logPhi.
TEST(KnownBugs, TheNameOfAPatientStoodInTheLog) {
  testing::internal::CaptureStderr();
  {
    ServerRig rig;
    Peer peer(rig.server->port());
    const std::string text = Fixture("siu_s26_missed");
    std::string lost = hl7::Frame(text);
    lost.resize(lost.size() - 2);
    peer.Queue(text);  // no frame
    peer.Queue(lost);
    peer.QueueFrame(text.substr(0, text.size() / 2));
    peer.QueueFrame(text);
    peer.QueueFrame(Fixture("oru_unknown_enum"));
    peer.QueueFrame("<xml>Testsson</xml>");
    ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() >= 4; }));
  }
  const std::string seen = testing::internal::GetCapturedStderr() + metrics::Expose();
  EXPECT_THAT(seen, HasSubstr("quarantined"));
  for (const char* canary : {"Testsson", "20210325K069", "98240301AA06", "Provgatan", "Bolln"})
    EXPECT_THAT(seen, Not(HasSubstr(canary)));
}

// OIE and node-hl7-server: AA, and U+FFFD on its way to the receiver.
TEST(KnownBugs, LettersWereReplacedAndTheBytesWereGone) {
  std::string latin1;
  const std::string utf8 = Fixture("mdm_t02_report");
  for (size_t i = 0; i < utf8.size(); ++i) {
    if (utf8[i] != '\xc3')
      latin1 += utf8[i];
    else
      latin1 += static_cast<char>(utf8[++i] | 0x40);
  }
  // As it says, as it forgets to say, and as it says wrongly.
  for (const char* declared : {"8859/1", "", "UNICODE UTF-8"}) {
    ServerRig rig;
    Peer peer(rig.server->port());
    std::string text = latin1;
    text.replace(text.find("UNICODE UTF-8"), 13, declared);
    peer.QueueFrame(text);
    ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1; }));
    EXPECT_EQ((*rig.store->Raw(1))->bytes, text);
    ASSERT_EQ(rig.Outbox().size(), 1U) << declared;
    const std::string event = TextOf(rig.Outbox()[0]);
    EXPECT_THAT(event, Not(HasSubstr("\xef\xbf\xbd"))) << declared;
    EXPECT_THAT(event, HasSubstr("barnet l\u00e4mnas ensamt")) << declared;
    EXPECT_THAT(event, HasSubstr("tv\u00e5 g\u00e5nger")) << declared;
  }
}

// Mirth: what its filter drops is answered AR, and senders stop.
TEST(KnownBugs, WhatIsNotWantedWasRejected) {
  ServerRig rig;
  Peer peer(rig.server->port());
  peer.QueueFrame(Numbered("dft_p03_not_wanted", "V1"));
  ASSERT_TRUE(rig.Until({&peer}, [&] { return peer.acks.size() == 1; }));
  EXPECT_TRUE(Acks(peer.acks[0], "AA", "V1"));
  EXPECT_TRUE(rig.Quarantine().empty());
}

// OIE: an empty frame and `hello` went to the receiver, which died of them, and all behind waited.
TEST(KnownBugs, OnePoisonousFrameStoppedTheFeed) {
  ServerRig rig;
  Peer peer(rig.server->port());
  for (const char* poison : {"", "hello", "MSH", "MSH|", "\r\r\r", "{}", "\x01\x02"})
    peer.QueueFrame(poison);
  peer.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&peer}, [&] {
    return !peer.acks.empty() && Acks(peer.acks.back(), "AA", "B0009");
  }));
  EXPECT_EQ(rig.Outbox().size(), 1U);
}

// node-hl7-client opens two connections and leaves the first one idle.
TEST(KnownBugs, AnIdleFirstConnectionKeptTheSecondFromBeingServed) {
  ServerRig rig;
  Peer idle(rig.server->port());
  Peer busy(rig.server->port());
  busy.QueueFrame(Fixture("siu_s26_missed"));
  ASSERT_TRUE(rig.Until({&idle, &busy}, [&] { return busy.acks.size() == 1; }));
  EXPECT_FALSE(idle.closed());
}

}  // namespace
}  // namespace sam::mllp::test
