#include "adapters/sftp/ledger.h"

#include <gtest/gtest.h>

namespace sam::sftp {
namespace {

OpenFile One(const std::string& name) {
  OpenFile out;
  out.file = {name, 1234, 1'700'000'000};
  out.digest = Sha256({"content"});
  return out;
}

TEST(Ledger, ComesBackAsItWasWritten) {
  Ledger ledger;
  ledger.open().push_back(One("ftv one.csv"));
  OpenFile over = One("ftv_two.csv");
  over.over = over.ok = over.put = true;
  over.number = 7;
  over.upto = 99;
  over.moved = "ftv_two.csv.7";
  ledger.open().push_back(over);
  ledger.Settle({"old.csv", 3, 4});
  const Result<Ledger> read = Ledger::Decode(ledger.EncodeOpen(), ledger.EncodeSettled());
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_EQ(read->open().size(), 2U);
  EXPECT_EQ(read->EncodeOpen(), ledger.EncodeOpen());
  EXPECT_EQ(read->open()[0].file, One("ftv one.csv").file);
  EXPECT_EQ(read->open()[1].moved, "ftv_two.csv.7");
  EXPECT_TRUE(read->open()[1].over && read->open()[1].put);
  EXPECT_EQ(read->open()[1].upto, 99U);
  EXPECT_EQ(read->WaitingBytes(), 1234U);
  EXPECT_TRUE(read->IsSettled({"old.csv", 3, 4}));
}

TEST(Ledger, AFileIsItsNameSizeAndTime) {
  Ledger ledger;
  ledger.Settle({"a.csv", 3, 4});
  EXPECT_TRUE(ledger.IsSettled({"a.csv", 3, 4}));
  EXPECT_FALSE(ledger.IsSettled({"a.csv", 4, 4}));
  EXPECT_FALSE(ledger.IsSettled({"a.csv", 3, 5}));
  EXPECT_FALSE(ledger.IsSettled({"b.csv", 3, 4}));
}

TEST(Ledger, WhatTheServerNoLongerHasIsForgotten) {
  Ledger ledger;
  ledger.Settle({"a.csv", 3, 4});
  ledger.Settle({"b.csv", 3, 4});
  EXPECT_TRUE(ledger.Prune({{"b.csv", 3, 4}, {"c.csv", 1, 1}}));
  EXPECT_FALSE(ledger.IsSettled({"a.csv", 3, 4}));
  EXPECT_TRUE(ledger.IsSettled({"b.csv", 3, 4}));
  EXPECT_FALSE(ledger.IsSettled({"c.csv", 1, 1}));
  EXPECT_FALSE(ledger.Prune({{"b.csv", 3, 4}}));
}

TEST(Ledger, CutAnywhereItIsDamagedAndNeverSomethingElse) {
  Ledger ledger;
  ledger.open().push_back(One("a.csv"));
  ledger.Settle({"b.csv", 3, 4});
  const std::string open = ledger.EncodeOpen(), settled = ledger.EncodeSettled();
  for (size_t cut = 1; cut < open.size(); ++cut) {
    const Result<Ledger> read = Ledger::Decode(open.substr(0, cut), settled);
    // A cut between two lines is a shorter list; the store's own seal is against that.
    if (open[cut - 1] == '\n') continue;
    EXPECT_FALSE(read.ok()) << cut;
  }
  for (size_t cut = 1; cut < settled.size(); ++cut)
    EXPECT_FALSE(Ledger::Decode(open, settled.substr(0, cut)).ok()) << cut;
  EXPECT_TRUE(Ledger::Decode("", "").ok());
}

TEST(Ledger, IsFullAtItsLimit) {
  Ledger ledger;
  for (size_t i = 0; i < Ledger::kMaxOpen; ++i) {
    EXPECT_FALSE(ledger.full());
    ledger.open().push_back(One(std::to_string(i)));
  }
  EXPECT_TRUE(ledger.full());
}

}  // namespace
}  // namespace sam::sftp
