// Every file of the public sample corpus (when it lies beside the repository) through a real
// listener: an answer or an entry in quarantine for each, and the feed goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/adapters/mllp/mllp_client.h"

namespace sam::mllp::test {
namespace {

TEST(MllpCorpus, EveryFileIsAnsweredOrKeptAsideAndTheFeedGoesOn) {
  const std::string folder = Source("../shared/corpus/hl7v2");
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no corpus beside the repository";
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  AdapterConfig config = TestConfig();
  config.check_processing_id = false;
  ServerRig rig(std::move(config));
  for (const std::string& file : files) {
    const std::string bytes = ReadAll(file);
    const size_t before = rig.Quarantine().size();
    Peer peer(rig.server->port());
    if (!bytes.empty() && bytes[0] == hl7::kStartBlock)
      peer.Queue(bytes);
    else
      peer.QueueFrame(bytes);
    const std::string id = "AFTER-" + std::to_string(std::hash<std::string>()(file) % 1'000'000);
    peer.QueueFrame(Numbered("siu_s15_cancelled", id));
    const auto answered = [&] {
      return !peer.acks.empty() && peer.acks.back().find("MSA|AA|" + id) != std::string::npos;
    };
    ASSERT_TRUE(rig.Until({&peer}, answered)) << file;
    EXPECT_TRUE(peer.acks.size() > 1 || rig.Quarantine().size() > before) << file;
  }
  EXPECT_GE(files.size(), 50U);
}

}  // namespace
}  // namespace sam::mllp::test
