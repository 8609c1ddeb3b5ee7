#include "adapters/inbox/web/accounts.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/adapters/inbox/web/web_fixture.h"

namespace sam::inbox::web::test {
namespace {

Account Named(const std::string& name) {
  Account out;
  out.name = name;
  out.hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA";
  return out;
}

TEST(Accounts, AFileThatIsNotThereHasNobody) {
  const ::sam::test::TempDir folder;
  const auto book = AccountBook::Load(folder / "none");
  ASSERT_TRUE(book.ok());
  EXPECT_EQ(book->Find("anna"), nullptr);
}

TEST(Accounts, WhatIsSavedIsReadAgainAndOnlyItsOwnerMayRead) {
  const ::sam::test::TempDir folder;
  AccountBook book;
  Account anna = Named("anna.svensson");
  anna.role = Role::kRegistrar;
  for (int i = 0; i < 32; ++i) anna.certificate += i == 0 ? "AB" : ":AB";
  ASSERT_TRUE(book.Put(anna).ok());
  ASSERT_TRUE(book.Put(Named("rolf")).ok());
  ASSERT_TRUE(book.Disable("rolf").ok());
  EXPECT_EQ(book.Disable("kim").error().code, Code::kNotFound);
  ASSERT_TRUE(book.Save(folder / "a").ok());
  struct stat seen {};
  ASSERT_EQ(stat((folder / "a").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777, 0600U);
  const auto read = AccountBook::Load(folder / "a");
  ASSERT_TRUE(read.ok()) << read.error().message;
  ASSERT_NE(read->Find("anna.svensson"), nullptr);
  EXPECT_EQ(read->Find("anna.svensson")->role, Role::kRegistrar);
  EXPECT_EQ(read->Find("anna.svensson")->certificate.substr(0, 4), "abab");
  EXPECT_FALSE(read->Find("anna.svensson")->disabled);
  EXPECT_TRUE(read->Find("rolf")->disabled);
  EXPECT_EQ(chmod((folder / "a").c_str(), 0640), 0);
  EXPECT_EQ(AccountBook::Load(folder / "a").error().code, Code::kDenied);
}

TEST(Accounts, ANameThatCouldWriteInTheFileIsRefused) {
  AccountBook book;
  for (const char* name : {"a", "Anna", "an na", "a\"\nrole", "", "å.berg"})
    EXPECT_EQ(book.Put(Named(name)).error().code, Code::kInvalid) << name;
  EXPECT_EQ(book.Put(Named(std::string(65, 'a'))).error().code, Code::kInvalid);
  Account wrong = Named("anna");
  wrong.certificate = "abcd";
  EXPECT_EQ(book.Put(wrong).error().code, Code::kInvalid);
}

TEST(Accounts, ARunningInboxKeepsWhatItReadWhenTheFileBreaks) {
  const ::sam::test::TempDir folder;
  AccountBook book;
  ASSERT_TRUE(book.Put(Named("anna")).ok());
  ASSERT_TRUE(book.Save(folder / "a").ok());
  Accounts accounts(folder / "a");
  ASSERT_TRUE(accounts.Read().ok());
  std::ofstream(folder / "a", std::ios::app) << "nonsense = [";
  accounts.Refresh();
  EXPECT_NE(accounts.book().Find("anna"), nullptr);
  ASSERT_TRUE(book.Put(Named("kim")).ok());
  ASSERT_TRUE(book.Save(folder / "a").ok());
  accounts.Refresh();
  EXPECT_NE(accounts.book().Find("kim"), nullptr);
}

TEST(Passwords, AreArgon2idAndOnlyTheRightOneFits) {
  const auto hash = HashPassword(kPassword, kCheap);
  ASSERT_TRUE(hash.ok());
  EXPECT_THAT(*hash, testing::StartsWith("$argon2id$"));
  EXPECT_TRUE(PasswordIs(*hash, kPassword));
  EXPECT_FALSE(PasswordIs(*hash, std::string(kPassword) + " "));
  EXPECT_FALSE(PasswordIs("no hash", kPassword));
  EXPECT_FALSE(PasswordIs(std::string(1000, '$'), kPassword));
  EXPECT_NE(*hash, *HashPassword(kPassword, kCheap));
  EXPECT_EQ(HashPassword("elva tecken", kCheap).error().code, Code::kInvalid);
  EXPECT_EQ(HashPassword(std::string(257, 'x'), kCheap).error().code, Code::kInvalid);
  EXPECT_EQ(HashPassword("\xff\xfe tolv tecken minst", kCheap).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace sam::inbox::web::test
