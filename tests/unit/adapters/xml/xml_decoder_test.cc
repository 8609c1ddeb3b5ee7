#include "adapters/xml/xml_decoder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "adapters/xml/kind.h"
#include "tests/support/pipeline_rig.h"
#include "tests/support/temp_dir.h"

namespace sam::xml::test {
namespace {

struct Settings final : kit::ConnectorSettings, CarriesXml {};

const char kMapping[] =
    "[mapping]\nid = \"t\"\nversion = \"1\"\nformat = \"xml\"\n"
    "[defaults]\nzone = \"Europe/Stockholm\"\n"
    "[header]\n\"subject.ids\" = { from = \"nummer\", as = \"identifiers\" }\n"
    "\"occurredAt\" = { from = \"datum\", as = \"time\" }\n"
    "[[event]]\nname = \"moved\"\ntype = \"person.moved\"\nwhen = [\"FL\"]\n"
    "[event.body]\n\"newMunicipality\" = { from = \"kommun\", as = \"municipality\" }\n"
    "\"fromDate\" = { from = \"datum\", as = \"date\" }\n";

struct Decoding : sam::test::DecoderRig {
  XmlOptions* options = nullptr;

  Decoding() {
    kinds.formats.push_back(XmlKind());
    ParseMapping(kMapping);
    config.source.system_id = "t4.test";
    auto settings = std::make_unique<Settings>();
    options = &settings->xml;
    options->record = {"leverans", "handelse"};
    options->trigger = {ParsePath("@typ").value()};
    config.connector_settings = std::move(settings);
  }
  kit::Decoded Decode(const Envelope& envelope) {
    return MakeDecoder()->Decode(WriteEnvelope(envelope), "file 1 record 3").value();
  }
};

Envelope Of(const std::string& record, const std::string& attributes = "") {
  Envelope out;
  out.record = 3;
  out.line = 17;
  out.file = "ftv 20260302.xml";
  out.document = "<leverans" + attributes + ">\n" + record + "\n</leverans>\n";
  return out;
}

std::string Record(const std::string& number = "20210325K069", const std::string& typ = "FL") {
  return "<handelse id=\"7\" typ=\"" + typ + "\"><nummer>" + number +
         "</nummer><datum>2026-03-02</datum><kommun>2121</kommun></handelse>";
}

TEST(XmlDecoder, ARecordBecomesARecordWithAName) {
  Decoding t;
  const kit::Decoded decoded = t.Decode(Of(Record()));
  ASSERT_EQ(decoded.what, kit::Decoded::What::kMessage) << decoded.detail;
  EXPECT_EQ(decoded.trigger, "FL");
  EXPECT_EQ(decoded.identity.system_id, "t4.test");
  EXPECT_EQ(decoded.record->trigger(), "FL");
  t.options->trigger.clear();
  EXPECT_EQ(t.Decode(Of(Record())).trigger, "handelse") << "else the element's name";
}

TEST(XmlDecoder, WithoutAnIdTheContentAloneMakesTheKey) {
  Decoding t;
  const std::string id = t.Decode(Of(Record())).message_id;
  EXPECT_EQ(t.Decode(Of(Record())).message_id, id);
  EXPECT_EQ(id.find("2021"), std::string::npos);
  Envelope other = Of(Record());
  other.record = 4;
  other.file = "b.xml";
  EXPECT_EQ(t.Decode(other).message_id, id);
  EXPECT_EQ(t.Decode(other).content, t.Decode(Of(Record())).content);
  EXPECT_TRUE(t.Decode(Of(Record())).key_from_content) << "the pipeline adds its digest";
  EXPECT_NE(t.Decode(Of(Record("98240301AA06"))).content, t.Decode(Of(Record())).content);
}

TEST(XmlDecoder, WithAnIdTheSameRecordIsTheSameHoweverItIsWritten) {
  Decoding t;
  t.options->id = {ParsePath("@id").value()};
  const kit::Decoded one = t.Decode(Of(Record()));
  EXPECT_EQ(one.message_id, "7");
  EXPECT_FALSE(one.key_from_content);
  Envelope other =
      Of("<p:handelse xmlns:p=\"urn:p\" typ='FL' id='7'>\n  <p:nummer>20210325K069</p:nummer>\n"
         "<p:datum> 2026-03-02</p:datum><p:kommun>2121</p:kommun></p:handelse>",
         " skapad=\"later\"");
  other.file = "b.xml";
  EXPECT_EQ(t.Decode(other).content, one.content);
  EXPECT_NE(t.Decode(Of(Record("98240301AA06"))).content, one.content);
  EXPECT_EQ(t.Decode(Of("<handelse typ=\"FL\"/>")).reason, "no-id");
}

// A place can hold a number without saying so: `*`, a condition, or no `person` at all.
TEST(XmlDecoder, APersonsNumberInAnIdPutsTheRecordAsideWhateverThePlaceIsCalled) {
  Decoding t;
  for (const char* place : {"nummer", "*", "nummer[@typ=PNR]"})
    for (const char* number : {"20210325K069", "195009072553", "950907-2553", "202512012384"}) {
      t.options->id = {ParsePath("@id").value(), ParsePath(place).value()};
      const kit::Decoded decoded =
          t.Decode(Of("<handelse id=\"7\" typ=\"FL\"><nummer typ=\"PNR\">" + std::string(number) +
                      "</nummer><datum>2026-03-02</datum><kommun>2121</kommun></handelse>"));
      EXPECT_EQ(decoded.reason, "person-in-id") << place;
      EXPECT_EQ(decoded.message_id, "") << place;
      EXPECT_EQ(decoded.detail.find(number), std::string::npos) << decoded.detail;
    }
  t.options->id = {ParsePath("@id").value(), ParsePath("datum").value()};
  EXPECT_EQ(t.Decode(Of(Record())).message_id, "7/2026-03-02");
}

TEST(XmlDecoder, WhatIsNoRecordIsUnreadableWithAReason) {
  Decoding t;
  t.options->person = {ParsePath("nummer").value()};
  const auto reason = [&](const std::string& record) {
    const kit::Decoded decoded = t.Decode(Of(record));
    EXPECT_EQ(decoded.what, kit::Decoded::What::kUnreadable);
    EXPECT_EQ(decoded.detail.find("estsson"), std::string::npos);
    return decoded.reason;
  };
  EXPECT_EQ(reason(""), "no-record");
  EXPECT_EQ(reason(Record() + Record()), "several-records");
  EXPECT_EQ(reason("<handelse>Testsson"), "unreadable");
  EXPECT_EQ(reason("<handelse/>"), "no-trigger");
  EXPECT_EQ(reason(Record("Test Testsson")), "no-person");
  EXPECT_EQ(reason(Record("")), "no-person");
  EXPECT_EQ(t.Decode(Of(Record("202512012384"))).reason, "") << "a wrong check digit is a doubt";
  EXPECT_EQ(t.MakeDecoder()->Decode("<leverans/>", "")->reason, "unreadable");
  EXPECT_EQ(t.MakeDecoder()->Decode("", "")->reason, "unreadable");
  Envelope cut = Of(Record());
  cut.cut = "too-large";
  EXPECT_EQ(t.Decode(cut).reason, "record-too-large");
}

TEST(XmlDecoder, CutAnywhereAMessageIsUnreadableAndSaysNothingOfItself) {
  Decoding t;
  const std::unique_ptr<kit::Decoder> decoder = t.MakeDecoder();
  const std::string bytes = WriteEnvelope(Of(Record()));
  for (size_t cut = 0; cut <= bytes.rfind('>'); ++cut) {
    const Result<kit::Decoded> decoded = decoder->Decode(bytes.substr(0, cut), "");
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->what, kit::Decoded::What::kUnreadable) << cut;
    EXPECT_EQ(decoded->detail.find("2021"), std::string::npos) << decoded->detail;
  }
}

TEST(XmlDecoder, BaselineAndAGuessedCharsetComeAlong) {
  Decoding t;
  Envelope envelope = Of(Record());
  envelope.baseline = envelope.charset_guessed = true;
  const kit::Decoded decoded = t.Decode(envelope);
  EXPECT_TRUE(decoded.baseline);
  EXPECT_EQ(decoded.record->Doubts(), std::vector<std::string>{"charset-guessed"});
}

TEST(XmlDecoder, ElementsOfOtherNamespacesAreNotSeen) {
  Decoding t;
  t.options->ns = "urn:a";
  const kit::Decoded decoded = t.Decode(
      Of("<handelse typ=\"FL\"><x:datum xmlns:x=\"urn:b\">1</x:datum><datum>2</datum></handelse>",
         " xmlns=\"urn:a\""));
  ASSERT_EQ(decoded.what, kit::Decoded::What::kMessage) << decoded.detail;
  XmlFormat format;
  const std::vector<std::string> places = decoded.record->Places();
  EXPECT_EQ(std::count(places.begin(), places.end(), "datum"), 1);
}

class WithSchema : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(folder_ / "a.xsd")
        << "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"leverans\">"
           "<xs:complexType><xs:sequence><xs:element name=\"handelse\" maxOccurs=\"9\">"
           "<xs:complexType><xs:sequence><xs:element name=\"nummer\" type=\"xs:token\"/>"
           "<xs:element name=\"datum\" type=\"xs:date\"/><xs:element name=\"kommun\" "
           "type=\"xs:int\"/></xs:sequence><xs:attribute name=\"id\"/><xs:attribute name=\"typ\"/>"
           "</xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>";
    t_.options->schema = Schema::Load(folder_ / "a.xsd").value();
  }
  sam::test::TempDir folder_;
  Decoding t_;
};

TEST_F(WithSchema, ABadRecordIsPutAsideWithLinePathAndRule) {
  const kit::Decoded bad = t_.Decode(Of(
      "<handelse typ=\"FL\">\n<nummer>20210325K069</nummer>\n<datum>Testsson</datum></handelse>"));
  EXPECT_EQ(bad.reason, "schema");
  EXPECT_EQ(bad.detail, "line 19: leverans/handelse/datum: no value of its type (xsd rule 1824)");
  EXPECT_EQ(t_.Decode(Of(Record())).reason, "") << "fixed by hand it is a message";
  EXPECT_EQ(t_.Decode(Of(Record(), " extra=\"Testsson\"")).detail,
            "outside of the record: leverans/@?: an attribute that may not stand here (xsd rule "
            "1866)");
}

TEST_F(WithSchema, AMappingThatReadsWhatTheSchemaLacksIsRefusedAtStart) {
  EXPECT_NE(t_.MakeDecoder(), nullptr);
  std::ofstream(folder_ / "b.xsd")
      << "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"nummer\"/>"
         "<xs:element name=\"datum\"/><xs:element name=\"komun\"/></xs:schema>";
  t_.options->schema = Schema::Load(folder_ / "b.xsd").value();
  const Result<std::unique_ptr<kit::Decoder>> made =
      kit::MakeDecoder(t_.kinds, t_.config, *t_.mapping, t_.clock, Random(1));
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message.find("'kommun'"), std::string::npos);
  EXPECT_NE(made.error().message.find("'komun'"), std::string::npos);
}

TEST(XmlDecoder, ASampleFileIsCutIntoItsRecords) {
  Decoding t;
  const Result<std::vector<std::string>> records =
      t.MakeDecoder()->Sample("/tmp/x/ftv.xml", "<leverans>\n" + Record() + "\n<handelse/></leverans>");
  ASSERT_TRUE(records.ok()) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  const Result<Envelope> first = ReadEnvelope((*records)[0]);
  EXPECT_EQ(first->file, "ftv.xml");
  EXPECT_EQ(first->line, 2U);
  EXPECT_FALSE(t.MakeDecoder()->Sample("x.xml", "<leverans>").ok());
  t.options->record.clear();
  EXPECT_FALSE(kit::MakeDecoder(t.kinds, t.config, *t.mapping, t.clock, Random(1)).ok());
}

}  // namespace
}  // namespace sam::xml::test
