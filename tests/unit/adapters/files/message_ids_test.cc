// The key of a row that brings none: a digest of its content under the store's key, wherever it
// stands.
#include <gmock/gmock.h>

#include <map>

#include "broker/base/text.h"
#include "broker/crypto/digest.h"
#include "broker/wire/codec.h"
#include "schemas/event.capnp.h"
#include "tests/unit/adapters/files/files_rig.h"

namespace sam::files::test {
namespace {

std::vector<std::string> IdsOf(FilesRig& rig) {
  std::vector<std::string> out;
  EXPECT_TRUE(rig.store
                  ->ReadOutbox(1, SIZE_MAX,
                               [&](uint64_t, std::string_view event) {
                                 const auto parsed = wire::Parse<schema::Event>(event);
                                 EXPECT_TRUE(parsed.ok());
                                 out.emplace_back(
                                     parsed->get().getHeader().getSourceMessageId().cStr());
                                 return true;
                               })
                  .ok());
  return out;
}

std::string RowText(int n) {
  const std::string row = MissedRow(n);
  return row.substr(0, row.find_first_of("\r\n"));
}

// Two rows whose plain digests begin with the same four hex digits: such a pair is met among some
// hundreds of rows.
std::pair<int, int> Alike() {
  const std::string head = Header().substr(0, Header().find_first_of("\r\n"));
  std::map<std::string, int> known;
  for (int n = 0; n < 100'000; ++n) {
    const std::string trace = ToHex(Sha256({head, "\n", RowText(n)}).view()).substr(0, 4);
    const auto [at, fresh] = known.emplace(trace, n);
    if (!fresh && RowText(at->second) != RowText(n)) return {at->second, n};
  }
  return {0, 0};
}

TEST(RowWithoutAnId, IsNotTakenForAnotherOneThatStoodAtItsPlace) {
  FilesRig rig;
  rig.Start();
  const std::pair<int, int> alike = Alike();
  ASSERT_NE(alike.first, alike.second);
  for (const int n : {alike.first, alike.second}) {
    rig.Drop("natt.csv", Header() + MissedRow(n));
    rig.Run();
  }
  EXPECT_EQ(rig.Events(), 2U);
  EXPECT_TRUE(rig.Quarantine().empty());
}

TEST(RowWithoutAnId, IsToldOnceWhateverLineAndFileItStandsIn) {
  FilesRig rig;
  rig.Start();
  const std::string rows = MissedRow(1) + MissedRow(2);
  rig.Drop("natt.csv", Header() + rows);
  rig.Run();
  EXPECT_EQ(rig.Events(), 2U);
  rig.Drop("natt.csv", Header() + MissedRow(3) + rows);  // a line more before them
  rig.Run();
  EXPECT_EQ(rig.Events(), 3U);
  rig.Drop("natt_igen.csv", Header() + rows + MissedRow(4));
  rig.Run();
  EXPECT_EQ(rig.Events(), 4U);
  EXPECT_THAT(rig.Receipt("done/natt_igen.csv.ok"), testing::HasSubstr("\"duplicates\": 2,"));
  rig.Drop("dubbel.csv", Header() + MissedRow(5) + MissedRow(5));
  rig.Run();
  EXPECT_EQ(rig.Events(), 5U) << "equal in every column: one happening";
  EXPECT_THAT(rig.Receipt("done/dubbel.csv.ok"), testing::HasSubstr("\"duplicates\": 1,"))
      << "and its sender is told";
}

TEST(RowWithoutAnId, HasABoundedIdThatTellsNobodyWhoseItIs) {
  FilesRig rig, other;
  for (FilesRig* one : {&rig, &other}) {
    one->Start();
    one->Drop("natt.csv", Header() + MissedRow(1));
    one->Run();
  }
  ASSERT_EQ(IdsOf(rig).size(), 1U);
  const std::string id = IdsOf(rig)[0];
  EXPECT_THAT(id, testing::MatchesRegex("row:[0-9a-f]+"));
  EXPECT_EQ(id.size() - id.rfind(':') - 1, 16U);
  ASSERT_EQ(IdsOf(other).size(), 1U);
  EXPECT_NE(IdsOf(other)[0], id) << "the digest is not under the store's key";
}

}  // namespace
}  // namespace sam::files::test
