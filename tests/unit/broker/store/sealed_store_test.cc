#include "broker/store/sealed_store.h"

#include <gtest/gtest.h>

#include "tests/support/fault_store.h"

namespace sam {
namespace {

constexpr Space kPlain{0}, kSecret{1};

class SealedStoreTest : public testing::Test {
 protected:
  SealedStoreTest() {
    CryptoInit();
    auto under = std::make_unique<test::FaultStore>();
    under_ = under.get();
    store_ = std::make_unique<SealedStore>(std::move(under), SecretKey::Random(),
                                           std::vector<Space>{kSecret});
  }
  void Put(Store& store, Space space, const std::string& key, const std::string& value) {
    Batch batch;
    batch.Put(space, key, value);
    ASSERT_TRUE(store.Apply(batch, Durability::kNow).ok());
  }
  std::vector<std::string> All(bool back = false) {
    std::vector<std::string> out;
    const auto visit = [&](std::string_view key, std::string_view value) {
      out.push_back(std::string(key) + "=" + std::string(value));
      return out.size() < 2;
    };
    const Status done =
        back ? store_->ScanBack(kSecret, "", "", visit) : store_->Scan(kSecret, "", "", visit);
    EXPECT_TRUE(done.ok());
    return out;
  }

  test::FaultStore* under_;
  std::unique_ptr<SealedStore> store_;
};

TEST_F(SealedStoreTest, WhatIsReadIsWhatWasWrittenAndUnderneathItIsUnreadable) {
  Put(*store_, kSecret, "a", "born 2021-03-25");
  Put(*store_, kPlain, "a", "an offset");
  EXPECT_EQ(store_->Get(kSecret, "a")->value(), "born 2021-03-25");
  EXPECT_EQ(store_->Get(kPlain, "a")->value(), "an offset");
  EXPECT_EQ(under_->Get(kPlain, "a")->value(), "an offset");
  EXPECT_EQ(under_->Get(kSecret, "a")->value().find("2021"), std::string::npos);
  EXPECT_FALSE(store_->Get(kSecret, "b")->has_value());
}

TEST_F(SealedStoreTest, ScansBothWaysStopWhereAskedAndDeletesAndEmptyValuesAreKept) {
  for (const char* key : {"a", "b", "c"}) Put(*store_, kSecret, key, std::string("v") + key);
  EXPECT_EQ(All(), (std::vector<std::string>{"a=va", "b=vb"}));
  EXPECT_EQ(All(true), (std::vector<std::string>{"c=vc", "b=vb"}));
  Batch batch;
  batch.Delete(kSecret, "a");
  batch.Put(kSecret, "b", "");
  ASSERT_TRUE(store_->Apply(batch, Durability::kNow).ok());
  EXPECT_EQ(All(), (std::vector<std::string>{"b=", "c=vc"}));
}

TEST_F(SealedStoreTest, ARowMovedToAnotherKeyOrChangedIsCorrupt) {
  Put(*store_, kSecret, "a", "of a");
  Put(*under_, kSecret, "b", under_->Get(kSecret, "a")->value());
  EXPECT_EQ(store_->Get(kSecret, "b").error().code, Code::kCorrupt);
  Put(*under_, kSecret, "c", "never sealed");
  size_t seen = 0;
  const Status done = store_->Scan(kSecret, "", "", [&](std::string_view, std::string_view) {
    ++seen;
    return true;
  });
  EXPECT_EQ(done.error().code, Code::kCorrupt);
  EXPECT_EQ(seen, 1u);
}

}  // namespace
}  // namespace sam
