#include "adapters/xml/schema.h"

#include <gtest/gtest.h>

#include <fstream>

#include "adapters/xml/file_walks.h"
#include "adapters/xml/options.h"
#include "tests/support/temp_dir.h"

namespace sam::xml::test {
namespace {

const char kBegin[] = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n";
const char kSchema[] =
    "<xs:element name=\"leverans\"><xs:complexType><xs:sequence>\n"
    "<xs:element name=\"enhet\" type=\"xs:token\"/>\n"
    "<xs:element name=\"handelse\" minOccurs=\"0\" maxOccurs=\"unbounded\"><xs:complexType>\n"
    "<xs:sequence><xs:element name=\"nummer\"><xs:simpleType><xs:restriction base=\"xs:token\">\n"
    "<xs:pattern value=\"[0-9A-Z]{12}\"/></xs:restriction></xs:simpleType></xs:element>\n"
    "<xs:element name=\"datum\" type=\"xs:date\"/></xs:sequence>\n"
    "<xs:attribute name=\"typ\" use=\"required\"><xs:simpleType>\n"
    "<xs:restriction base=\"xs:token\"><xs:enumeration value=\"UB\"/></xs:restriction>\n"
    "</xs:simpleType></xs:attribute></xs:complexType></xs:element>\n"
    "<xs:element name=\"antal\" type=\"xs:int\"/>\n"
    "</xs:sequence></xs:complexType></xs:element></xs:schema>\n";

class Schemas : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  // The first finding as it is told, for a file with one record.
  std::string Fault(const std::string& record) {
    const std::string document =
        "<leverans><enhet>E</enhet>\n" + record + "\n<antal>1</antal></leverans>";
    const Result<Document> parsed = Document::Parse(document, "", 32);
    EXPECT_TRUE(parsed.ok()) << record;
    if (!parsed.ok()) return "";
    const std::optional<SchemaFault> fault = options_.schema->Check(*parsed);
    if (!fault) return "";
    return std::to_string(fault->line) + " " + SafePath(options_, *fault) + ": " + fault->rule;
  }
  void SetUp() override {
    Result<std::unique_ptr<Schema>> loaded =
        Schema::Load(Write("a.xsd", std::string(kBegin) + kSchema));
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    options_.schema = std::move(*loaded);
    options_.record = {"leverans", "handelse"};
  }

  sam::test::TempDir folder_;
  XmlOptions options_;
};

TEST_F(Schemas, WhatFitsHasNoFault) {
  EXPECT_EQ(Fault("<handelse typ=\"UB\"><nummer>20210325K069</nummer><datum>2026-03-02</datum>"
                  "</handelse>"),
            "");
}

TEST_F(Schemas, AFaultIsLinePathAndRule) {
  EXPECT_EQ(Fault("<handelse typ=\"UB\"><nummer>20210325K069</nummer>\n<datum>i morgon</datum>"
                  "</handelse>"),
            "3 leverans/handelse/datum: no value of its type (xsd rule 1824)");
  EXPECT_EQ(Fault("<handelse typ=\"XX\"><nummer>20210325K069</nummer><datum>2026-03-02</datum>"
                  "</handelse>"),
            "2 leverans/handelse/@typ: none of the values that are allowed (xsd rule 1840)");
  EXPECT_EQ(Fault("<handelse typ=\"UB\"><nummer>12</nummer><datum>2026-03-02</datum></handelse>"),
            "2 leverans/handelse/nummer: not of the pattern that is asked for (xsd rule 1839)");
  EXPECT_EQ(Fault("<handelse><nummer>20210325K069</nummer><datum>2026-03-02</datum></handelse>"),
            "2 leverans/handelse/@typ: an attribute is missing (xsd rule 1868)");
  EXPECT_EQ(
      Fault("<handelse typ=\"UB\"><datum>2026-03-02</datum></handelse>"),
      "2 leverans/handelse/datum: an element is missing, or stands where it may not (xsd rule "
      "1871)");
}

TEST_F(Schemas, NoFaultHoldsWhatTheSenderWrote) {
  testing::internal::CaptureStderr();
  std::string all;
  for (const char* record :
       {"<handelse "
        "typ=\"Testsson\"><nummer>20210325K069</nummer><datum>2026-03-02</datum></handelse>",
        "<handelse typ=\"UB\"><nummer>Test Testsson 195009072553</nummer><datum>2026-03-02</datum>"
        "</handelse>",
        "<handelse typ=\"UB\"><nummer>20210325K069</nummer><datum>Testsson</datum></handelse>",
        "<handelse typ=\"UB\"><Testsson/></handelse>", "<handelse typ=\"UB\" Testsson=\"1\"/>",
        "<handelse typ=\"UB\">Testsson</handelse>", "<Testsson/>",
        "<handelse xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"Testsson\" "
        "typ=\"UB\"/>",
        "<handelse xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "
        "xsi:schemaLocation=\"urn:x http://127.0.0.1:1/x.xsd\" typ=\"Testsson\"/>"}) {
    const std::string fault = Fault(record);
    EXPECT_NE(fault, "") << record;
    all += fault + "\n";
  }
  all += testing::internal::GetCapturedStderr();
  EXPECT_EQ(all.find("estsson"), std::string::npos) << all;
  EXPECT_EQ(all.find("1950"), std::string::npos) << all;
  EXPECT_EQ(all.find("http"), std::string::npos) << all;
}

TEST_F(Schemas, AFilesHeaderIsCheckedBeforeItsRecords) {
  const std::string record =
      "<handelse typ=\"UB\"><nummer>20210325K069</nummer><datum>2026-03-02</datum></handelse>";
  const auto refusal = [&](const std::string& file) {
    Scan scan(options_);
    scan.Feed(file);
    return scan.Finish();
  };
  EXPECT_EQ(refusal("<leverans><enhet/>" + record + "<antal>1</antal></leverans>").refusal, "");
  const Scanned bad = refusal("<leverans><enhet/>" + record + "<antal>ett</antal></leverans>");
  EXPECT_EQ(bad.refusal, "header-schema");
  EXPECT_EQ(bad.detail, "leverans/antal: no value of its type (xsd rule 1824)");
  EXPECT_EQ(refusal("<leverans><enhet/>" + record + "</leverans>").refusal, "header-schema");
  EXPECT_EQ(refusal("<leverans><enhet/><handelse/><antal>1</antal></leverans>").refusal, "")
      << "a bad record never refuses its file";
}

TEST_F(Schemas, AMissingOrBrokenOneIsToldWithItsPlace) {
  const auto message = [&](const std::string& path) {
    const Result<std::unique_ptr<Schema>> loaded = Schema::Load(path);
    EXPECT_FALSE(loaded.ok());
    return loaded.ok() ? std::string() : loaded.error().message;
  };
  EXPECT_NE(message(folder_ / "none.xsd").find("none.xsd: there is no such file"),
            std::string::npos);
  EXPECT_NE(message(Write("b.xsd", "<xs:schema>\n<a")).find("b.xsd:"), std::string::npos);
  const std::string unknown = message(Write(
      "c.xsd", std::string(kBegin) + "\n<xs:element name=\"a\" type=\"Saknas\"/>\n</xs:schema>"));
  EXPECT_NE(unknown.find("c.xsd:3: "), std::string::npos) << unknown;
  EXPECT_NE(message(Write("d.xsd", "<html/>")).find("d.xsd:1"), std::string::npos);
  EXPECT_NE(message(Write("e.xsd", std::string("<!DOCTYPE a>") + kBegin + "</xs:schema>"))
                .find("DOCTYPE"),
            std::string::npos);
  EXPECT_NE(message(Write("f.xsd", "")).find("f.xsd:1"), std::string::npos);
}

TEST_F(Schemas, IncludedFilesAreReadFromTheDiskAndNeverFromTheNetwork) {
  Write("types.xsd", std::string(kBegin) +
                         "<xs:simpleType name=\"Ort\"><xs:restriction base=\"xs:token\"/>"
                         "</xs:simpleType></xs:schema>");
  const std::string element = "<xs:element name=\"ort\" type=\"Ort\"/></xs:schema>";
  Result<std::unique_ptr<Schema>> local = Schema::Load(
      Write("g.xsd", kBegin + ("<xs:include schemaLocation=\"types.xsd\"/>" + element)));
  ASSERT_TRUE(local.ok()) << local.error().message;
  EXPECT_FALSE((*local)->knows_all_names());
  EXPECT_TRUE(options_.schema->knows_all_names());
  for (const char* far :
       {"http://127.0.0.1:1/types.xsd", "ftp://127.0.0.1/types.xsd", "saknas.xsd"})
    EXPECT_FALSE(Schema::Load(Write("h.xsd", kBegin + ("<xs:include schemaLocation=\"" +
                                                       std::string(far) + "\"/>" + element)))
                     .ok())
        << far;
}

TEST_F(Schemas, TheConfigurationTellsWhereItNamesABadOne) {
  Write("broken.xsd", "<a");
  const auto errors = [&](const std::string& text) {
    config::Document document = config::Document::Parse("[xml]\n" + text, "adapter.toml").value();
    std::optional<config::Table> table = document.Root().Sub("xml");
    const XmlOptions options = ReadXmlOptions(*table, folder_.path() + "/");
    const Status status = document.Done();
    return status.ok() ? std::string() : status.error().message;
  };
  EXPECT_EQ(errors("record = \"leverans/handelse\"\nxsd = \"a.xsd\"\nid = [\"@id\"]\n"), "");
  const std::string missing = errors("record = \"a\"\nxsd = \"none.xsd\"\n");
  EXPECT_NE(missing.find("adapter.toml:3:"), std::string::npos) << missing;
  EXPECT_NE(missing.find("none.xsd"), std::string::npos);
  EXPECT_NE(errors("record = \"a\"\nxsd = \"broken.xsd\"\n").find("broken.xsd:1: "),
            std::string::npos);
  for (const char* bad :
       {"", "record = \"\"", "record = \"*\"", "record = \"p:a\"", "record = \"/a\"",
        "record = \"a\"\nid = [\"a//b\"]", "record = \"a\"\nid = [\"p\"]\nperson = [\"p\"]",
        "record = \"a\"\ntrigger = \"[x]\"", "record = \"a\"\nmax_depth = 1",
        "record = \"a\"\nunknown = 1"})
    EXPECT_NE(errors(std::string(bad) + "\n"), "") << bad;
}

}  // namespace
}  // namespace sam::xml::test
