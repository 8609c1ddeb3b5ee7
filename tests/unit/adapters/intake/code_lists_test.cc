// The municipality's words for a signal, and what is wrong with a table that has none.
#include "adapters/intake/code_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_dir.h"

namespace sam::intake {
namespace {

using testing::HasSubstr;

class CodeListsTest : public testing::Test {
 protected:
  Result<CodeLists> Load() {
    for (const auto& [name, text] :
         {std::pair{"kinds", kinds}, std::pair{"senders", senders}, std::pair{"units", units}})
      std::ofstream(dir_ / (std::string(name) + ".csv")) << text;
    return CodeLists::Load(dir_ / "kinds.csv", dir_ / "senders.csv", dir_ / "units.csv");
  }
  std::string Mistakes() {
    const auto lists = Load();
    EXPECT_FALSE(lists.ok());
    return lists.ok() ? "" : lists.error().message;
  }
  std::string kinds =
      "# version: 1\ncode;type;reason;working_status;document_type;document_sender;title\n"
      "SIG-A1;Orosanmälan;Oro;-;Inkommen;Vård;Orosanmälan\n"
      "SIG-A1:acute;Orosanmälan;Akut;Ny;Inkommen;Vård;Akut orosanmälan\n"
      "SIG-B1;Stöd;-;-;-;-;Begäran om stöd\n";
  std::string senders = "# version: 1\nsender;from_who\nbvc.gavle;BVC Gävle\nbvc;BVC\n*;Vården\n";
  std::string units =
      "# version: 1\nunit;organisation_id;organisation_unit_id;caseworker_id\n"
      "bollnas.mottagning/2183;10;101;7\nbollnas.mottagning;-;100;-\n";
  ::sam::test::TempDir dir_;
};

TEST_F(CodeListsTest, TheMoreExactRowIsTaken) {
  const auto lists = Load();
  ASSERT_TRUE(lists.ok()) << lists.error().message;
  const auto exact = lists->Find({"SIG-A1", true, "bvc.gavle", "bollnas.mottagning", "2183"});
  ASSERT_TRUE(exact.ok());
  EXPECT_EQ(exact->reason, "Akut");
  EXPECT_EQ(exact->working_status, "Ny");
  EXPECT_EQ(exact->from_who, "BVC Gävle");
  EXPECT_EQ(exact->organisation_unit_id, 101);
  EXPECT_EQ(exact->caseworker_id, 7);
  const auto wide = lists->Find({"SIG-A1", false, "bvc.bollnas", "bollnas.mottagning", ""});
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(wide->reason, "Oro");
  EXPECT_EQ(wide->working_status, "");
  EXPECT_EQ(wide->from_who, "BVC");
  EXPECT_EQ(wide->organisation_unit_id, 100);
  EXPECT_FALSE(wide->organisation_id);
  const auto masked = lists->Find({"SIG-B1", true, "", "bollnas.mottagning", "2180"});
  ASSERT_TRUE(masked.ok());
  EXPECT_EQ(masked->type, "Stöd");
  EXPECT_EQ(masked->from_who, "Vården") << "a masked sender is one of all others";
}

TEST_F(CodeListsTest, WhatStandsInNoRowIsNotWrittenOrAskedAbout) {
  senders = "# version: 7\nsender;from_who\nbvc;BVC\n";
  const auto lists = Load();
  ASSERT_TRUE(lists.ok());
  EXPECT_TRUE(lists->Wants("SIG-A1", true));
  EXPECT_TRUE(lists->Wants("SIG-B1", true));
  EXPECT_FALSE(lists->Wants("SIG-E1", false));
  const auto sender = lists->Find({"SIG-A1", false, "ftv.gavle", "bollnas.mottagning", ""});
  ASSERT_FALSE(sender.ok());
  EXPECT_THAT(sender.error().message, HasSubstr("senders.csv (version 7)"));
  const auto unit = lists->Find({"SIG-A1", false, "bvc", "gavle.mottagning", "2180"});
  ASSERT_FALSE(unit.ok());
  EXPECT_THAT(unit.error().message, HasSubstr("units.csv"));
}

TEST_F(CodeListsTest, EveryMistakeIsNamedWithFileAndLine) {
  kinds = "# version: 1\ncode;type;reason;working_status;document_type;document_sender;title\n"
          "SIG-A9;Orosanmälan;-;-;-;-;x\nRECEIPT;a;-;-;-;-;x\nSIG-A1:urgent;a;-;-;-;-;x\n"
          "SIG-A1;-;-;-;-;-;x\n";
  senders = "# version: 1\nsender;from_whom\nbvc;BVC\n";
  units = "# version: 1\nunit;organisation_id;organisation_unit_id;caseworker_id\n"
          "x;1;ett;-\ny;1;-;-\n";
  const std::string text = Mistakes();
  for (const char* place : {"kinds.csv:3:1: not a kind", "kinds.csv:4:1: not a kind",
                            "kinds.csv:5:1: after ':'", "kinds.csv:6:8: 'type' is always sent",
                            "senders.csv:1:1: the column 'from_who' is missing",
                            "'from_whom' has no meaning", "units.csv:3:5: 'organisation_unit_id'",
                            "units.csv:4:5: 'organisation_unit_id' is always sent"})
    EXPECT_THAT(text, HasSubstr(place));
}

TEST_F(CodeListsTest, AMissingFileAndAMissingVersionAreMistakes) {
  senders = "sender;from_who\nbvc;BVC\n";
  EXPECT_THAT(Mistakes(), HasSubstr("# version:"));
  const auto lists = CodeLists::Load(dir_ / "none.csv", dir_ / "senders.csv", dir_ / "units.csv");
  ASSERT_FALSE(lists.ok());
  EXPECT_THAT(lists.error().message, HasSubstr("none.csv"));
}

TEST(CodeListsExample, IsReadAsItStands) {
  const std::string folder = SAM_SOURCE_DIR "/deploy/config/intake/";
  const auto lists =
      CodeLists::Load(folder + "kinds.csv", folder + "senders.csv", folder + "units.csv");
  ASSERT_TRUE(lists.ok()) << lists.error().message;
  EXPECT_TRUE(lists->Wants("SIG-A1", false));
  EXPECT_TRUE(lists->Wants("SIG-D2", false));
  EXPECT_FALSE(lists->Wants("SIG-B1", false));
  // Whoever may have ordered it has a unit that the answer goes to.
  for (const char* receiver : {"bollnas.mottagning", "bollnas.placering"})
    EXPECT_TRUE(lists->Find({"SIG-D2", false, "barnklinik.gavleborg", receiver, "2183"}).ok())
        << receiver;
}

}  // namespace
}  // namespace sam::intake
