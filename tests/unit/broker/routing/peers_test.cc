#include "broker/routing/peers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/broker/routing/world.h"

namespace sam::routing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The published example keys of the CURVE documentation.
constexpr char kKey[] = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
constexpr char kOther[] = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";

std::string Source(const std::string& rest) {
  return "[[peer]]\nname = 'bvc'\nrole = 'source'\nsystems = ['cosmic']\n"
         "controllers = ['232100-0198']\n" + rest;
}
std::string Key(const std::string& key) { return "key = '" + key + "'\n"; }

std::string ErrorOf(const std::string& text) {
  static const World world = DemoWorld();
  const auto peers = ParsePeers(text, "p.toml", &world.directory);
  return peers.ok() ? "" : peers.error().message;
}

TEST(Peers, ASourceIsReadAndFoundByItsKey) {
  const auto peers = ParsePeers(
      Source(Key(kKey) + "event_types = ['bvc.visit.missed']\n"), "p.toml", nullptr);
  ASSERT_TRUE(peers.ok()) << peers.error().message;
  ASSERT_NE(peers->ByKey(kKey, kNow), nullptr);
  EXPECT_EQ(peers->ByKey(kKey, kNow)->name, "bvc");
  EXPECT_EQ(peers->ByKey(kOther, kNow), nullptr);
  EXPECT_NE(peers->ByName("bvc"), nullptr);
  EXPECT_EQ(peers->ByName("nobody"), nullptr);
}

TEST(Peers, AKeyIsValidOnlyWithinItsDays) {
  const auto peers = ParsePeers(
      Source("[[peer.keys]]\nkey = '" + std::string(kKey) + "'\nnot_after = 2026-05-31\n" +
             "[[peer.keys]]\nkey = '" + kOther + "'\nnot_before = 2026-05-30\n"),
      "p.toml", nullptr);
  ASSERT_TRUE(peers.ok()) << peers.error().message;
  const Millis both = *FromIso("2026-05-31T12:00Z"), after = *FromIso("2026-06-01T12:00Z");
  EXPECT_NE(peers->ByKey(kKey, both), nullptr);
  EXPECT_NE(peers->ByKey(kOther, both), nullptr);
  EXPECT_EQ(peers->ByKey(kKey, after), nullptr);
  EXPECT_EQ(peers->ByKey(kOther, *FromIso("2026-05-29T12:00Z")), nullptr);
}

TEST(Peers, ABadKeyIsRefusedAndNeverRepeated) {
  for (const std::string& bad : {std::string("short"), std::string(40, '~'), std::string(41, 'a'),
                                 std::string(40, '#')}) {
    const std::string error = ErrorOf(Source(Key(bad)));
    EXPECT_THAT(error, HasSubstr("p.toml:6:7: 'peer.key'")) << bad;
    EXPECT_THAT(error, Not(HasSubstr(bad)));
  }
}

TEST(Peers, NoTwoEntriesShareNameOrKey) {
  EXPECT_THAT(ErrorOf(Source(Key(kKey)) + Source(Key(kOther))), HasSubstr("not used before"));
  EXPECT_THAT(ErrorOf(Source(Key(kKey)) + "[[peer]]\nname = 'y'\nrole = 'operator'\n" + Key(kKey)),
              HasSubstr("a key that no other entry has"));
}

TEST(Peers, WhoseFactsASourceTellsMustBeSaid) {
  const std::string head = "[[peer]]\nname = 'a'\nrole = 'source'\nsystems = ['s']\n" + Key(kKey);
  EXPECT_THAT(ErrorOf(head), HasSubstr("'peer.controllers'"));
  EXPECT_THAT(ErrorOf(head + "controllers = ['2321000199']\n"), HasSubstr("check digit"));
  const auto peers = ParsePeers(head + "controllers = ['232100-0198']\n", "p.toml", nullptr);
  ASSERT_TRUE(peers.ok()) << peers.error().message;
  EXPECT_EQ(peers->all[0].controllers, std::vector<std::string>{"2321000198"});
}

TEST(Peers, AReceiverSpeaksForTheAuthoritiesOfItsFunctions) {
  static const World world = DemoWorld();
  const auto peers = ParsePeers("[[peer]]\nname = 'a'\nrole = 'subscriber'\n"
                                "functions = ['bollnas.mottagning']\n" + Key(kKey),
                                "p.toml", &world.directory);
  ASSERT_TRUE(peers.ok()) << peers.error().message;
  EXPECT_EQ(peers->all[0].controllers, std::vector<std::string>{"2120002361"});
}

TEST(Peers, RightsMustBeNamedAndKnown) {
  EXPECT_THAT(ErrorOf("[[peer]]\nname = 'a'\nrole = 'source'\n" + Key(kKey)),
              HasSubstr("'peer.systems'"));
  EXPECT_THAT(ErrorOf("[[peer]]\nname = 'a'\nrole = 'subscriber'\n" + Key(kKey)),
              HasSubstr("'peer.functions'"));
  EXPECT_THAT(ErrorOf(Source(Key(kKey) + "event_types = ['bvc.visit.mised']\n")),
              HasSubstr("did you mean \"bvc.visit.missed\"?"));
  EXPECT_THAT(ErrorOf("[[peer]]\nname = 'a'\nrole = 'subscriber'\n"
                      "functions = ['bollnas.motagning']\n" +
                      Key(kKey)),
              HasSubstr("did you mean \"bollnas.mottagning\"?"));
  EXPECT_THAT(ErrorOf(Source("")), HasSubstr("a public key"));
}

TEST(Peers, AnOperatorMayLackAKeyAndIsAViewerUnlessMoreIsSaid) {
  const std::string text = "[[peer]]\nname = 'a'\nrole = 'operator'\n";
  const auto viewer = ParsePeers(text, "p.toml", nullptr);
  ASSERT_TRUE(viewer.ok()) << viewer.error().message;
  EXPECT_EQ(viewer->all[0].may, "viewer");
  const auto officer = ParsePeers(text + "may = 'privacy-officer'\n", "p.toml", nullptr);
  ASSERT_TRUE(officer.ok()) << officer.error().message;
  EXPECT_EQ(officer->all[0].may, "privacy-officer");
  EXPECT_THAT(ErrorOf(text + "may = 'root'\n"), HasSubstr("'peer.may'"));
  EXPECT_THAT(ErrorOf(Source(Key(kKey) + "may = 'operator'\n")), HasSubstr("unknown key"));
}

TEST(Peers, AKeyIsDecodedToItsBytes) {
  EXPECT_EQ(DecodeZ85Key(kKey).size(), 32u);
  EXPECT_EQ(DecodeZ85Key("no key"), "");
}

TEST(Peers, TheShippedTemplateIsValid) {
  const auto peers =
      ParsePeers(ReadFile(SAM_SOURCE_DIR "/deploy/config/peers.toml"), "peers.toml", nullptr);
  ASSERT_TRUE(peers.ok());
  EXPECT_TRUE(peers->all.empty()) << "no key is shipped";
}

}  // namespace
}  // namespace sam::routing
