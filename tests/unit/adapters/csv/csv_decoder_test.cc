#include "adapters/csv/csv_decoder.h"

#include <gtest/gtest.h>

#include "adapters/csv/envelope.h"
#include "adapters/csv/kind.h"
#include "adapters/csv/row_messages.h"
#include "tests/support/pipeline_rig.h"

namespace sam::csv {
namespace {

struct Settings final : kit::ConnectorSettings, CarriesCsv {};

const char kMapping[] =
    "[mapping]\nid = \"t\"\nversion = \"1\"\nformat = \"csv\"\n"
    "[defaults]\nzone = \"Europe/Stockholm\"\n"
    "[header]\n\"subject.ids\" = { from = \"personnr\", as = \"identifiers\" }\n"
    "\"occurredAt\" = { from = \"datum\", as = \"time\" }\n"
    "[[event]]\nname = \"moved\"\ntype = \"person.moved\"\nwhen = [\"FL\"]\n"
    "[event.body]\n\"newMunicipality\" = { from = \"kommun\", as = \"municipality\" }\n"
    "\"fromDate\" = { from = \"datum\", as = \"date\" }\n";

struct Decoding : sam::test::DecoderRig {
  CsvOptions* options = nullptr;

  Decoding() {
    kinds.formats.push_back(CsvKind());
    ParseMapping(kMapping);
    config.source.system_id = "t4.test";
    auto settings = std::make_unique<Settings>();
    options = &settings->csv;
    options->columns = {"personnr", "handelse", "datum", "kommun"};
    options->trigger_column = "handelse";
    config.connector_settings = std::move(settings);
  }
  kit::Decoded Decode(const std::string& bytes) {
    return MakeDecoder()->Decode(bytes, "file 1 line 2").value();
  }
};

Envelope EnvelopeOf(const std::string& row) {
  Envelope out;
  out.line = 17;
  out.file = "ftv 20260302.csv";
  out.header = "personnr;handelse;datum;kommun";
  out.row = row;
  return out;
}

const char kRow[] = "20210325K069;fl;2026-03-02;2121";

TEST(Envelope, CarriesARowWithAllThatReadingItNeeds) {
  Envelope envelope = EnvelopeOf("\"a\r\nb\";c");
  envelope.separator = '\t';
  envelope.baseline = envelope.charset_guessed = true;
  const Result<Envelope> read = ReadEnvelope(WriteEnvelope(envelope));
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->separator, '\t');
  EXPECT_EQ(read->line, 17U);
  EXPECT_EQ(read->file, "ftv 20260302.csv");
  EXPECT_EQ(read->header, envelope.header);
  EXPECT_EQ(read->row, envelope.row);
  EXPECT_TRUE(read->baseline);
  EXPECT_TRUE(read->charset_guessed);
}

TEST(Envelope, AFileNameStaysOnItsLine) {
  Envelope envelope = EnvelopeOf(kRow);
  envelope.file = "a\nb\xe4.csv";
  const Result<Envelope> read = ReadEnvelope(WriteEnvelope(envelope));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->file, "a?b\xc3\xa4.csv");
}

TEST(Envelope, CutAnywhereItIsRefusedOrAShorterRow) {
  const std::string bytes = WriteEnvelope(EnvelopeOf(kRow));
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    const Result<Envelope> read = ReadEnvelope(bytes.substr(0, cut));
    if (!read.ok()) {
      EXPECT_EQ(read.error().message.find("2021"), std::string::npos);
    } else {
      EXPECT_EQ(std::string(kRow).substr(0, read->row.size()), read->row) << cut;
    }
  }
}

TEST(Envelope, AKnownHeaderChangesNothingOfWhatIsRead) {
  Envelope first = EnvelopeOf(kRow), quoted = EnvelopeOf(kRow), longer = EnvelopeOf(kRow);
  quoted.header = "personnr;\"han\ndelse\";datum;kommun";
  longer.header += ";mer";
  for (const Envelope& known_one : {first, quoted}) {
    for (const Envelope& envelope : {first, quoted, longer}) {
      for (const char separator : {';', ','}) {
        const KnownHeader known{separator, known_one.header};
        const std::string bytes = WriteEnvelope(envelope);
        for (size_t cut = 0; cut <= bytes.size(); ++cut) {
          const Result<Envelope> plain = ReadEnvelope(bytes.substr(0, cut));
          const Result<Envelope> helped = ReadEnvelope(bytes.substr(0, cut), known);
          ASSERT_EQ(plain.ok(), helped.ok()) << cut;
          if (!plain.ok()) continue;
          EXPECT_EQ(plain->header, helped->header) << cut;
          EXPECT_EQ(plain->row, helped->row) << cut;
        }
      }
    }
  }
}

TEST(CsvDecoder, AnotherHeaderCountsFromItsFirstRow) {
  Decoding t;
  const std::unique_ptr<kit::Decoder> decoder = t.MakeDecoder();
  Envelope other = EnvelopeOf("fl;20210325K069;2026-03-02;2121");
  other.header = "handelse;personnr;datum;kommun";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(decoder->Decode(WriteEnvelope(EnvelopeOf(kRow)), "").value().trigger, "FL");
    EXPECT_EQ(decoder->Decode(WriteEnvelope(other), "").value().trigger, "FL");
  }
}

TEST(CsvDecoder, OfAColumnThatIsThereTwiceTheLastCountsAlsoWhenItIsEmpty) {
  Decoding t;
  Envelope envelope = EnvelopeOf("20210325K069;FL;2026-03-02;2121;KO");
  envelope.header += ";Handelse";
  EXPECT_EQ(t.Decode(WriteEnvelope(envelope)).trigger, "KO");
  envelope.row = "20210325K069;FL;2026-03-02;2121;";
  EXPECT_EQ(t.Decode(WriteEnvelope(envelope)).reason, "no-trigger");
}

TEST(CsvDecoder, ARowBecomesARecord) {
  Decoding t;
  const kit::Decoded decoded = t.Decode(WriteEnvelope(EnvelopeOf(kRow)));
  ASSERT_EQ(decoded.what, kit::Decoded::What::kMessage) << decoded.detail;
  EXPECT_EQ(decoded.trigger, "FL") << "ASCII letters in upper case";
  EXPECT_EQ(decoded.identity.system_id, "t4.test");
  EXPECT_FALSE(decoded.baseline);
  EXPECT_EQ(decoded.record->trigger(), "FL");
}

TEST(CsvDecoder, WithoutAnIdColumnTheRowsContentAloneMakesTheKey) {
  Decoding t;
  Envelope envelope = EnvelopeOf(kRow);
  const std::string id = t.Decode(WriteEnvelope(envelope)).message_id;
  EXPECT_EQ(t.Decode(WriteEnvelope(envelope)).message_id, id);
  EXPECT_EQ(id.find("2021"), std::string::npos);
  EXPECT_TRUE(t.Decode(WriteEnvelope(envelope)).key_from_content) << "the pipeline adds its digest";
  Envelope other = envelope;
  other.line = 18;
  other.file = "ftv 20260303.csv";
  EXPECT_EQ(t.Decode(WriteEnvelope(other)).message_id, id);
  EXPECT_EQ(t.Decode(WriteEnvelope(other)).content, t.Decode(WriteEnvelope(envelope)).content);
  other.row = "20210325K069;fl;2026-03-02;2121 ";
  EXPECT_NE(t.Decode(WriteEnvelope(other)).content, t.Decode(WriteEnvelope(envelope)).content);
}

TEST(CsvDecoder, IdColumnsAreTheKeyAndTheFileDoesNotCount) {
  Decoding t;
  t.options->id_columns = {"kommun", "datum"};
  Envelope envelope = EnvelopeOf(kRow);
  const kit::Decoded first = t.Decode(WriteEnvelope(envelope));
  EXPECT_EQ(first.message_id, "2121/2026-03-02");
  EXPECT_FALSE(first.key_from_content);
  envelope.line = 99;
  envelope.file = "another.csv";
  const kit::Decoded again = t.Decode(WriteEnvelope(envelope));
  EXPECT_EQ(again.message_id, first.message_id);
  EXPECT_EQ(again.content, first.content);
  EXPECT_EQ(t.Decode(WriteEnvelope(EnvelopeOf("20210325K069;fl;2026-03-02;"))).reason, "no-id");
}

TEST(CsvDecoder, WhatIsNoRowIsUnreadableWithAReason) {
  Decoding t;
  const auto reason = [&](const std::string& row) {
    const kit::Decoded decoded = t.Decode(WriteEnvelope(EnvelopeOf(row)));
    EXPECT_EQ(decoded.what, kit::Decoded::What::kUnreadable);
    EXPECT_EQ(decoded.detail.find("20210325K069"), std::string::npos);
    return decoded.reason;
  };
  EXPECT_EQ(reason("20210325K069;fl;2026-03-02"), "row-columns");
  EXPECT_EQ(reason("20210325K069;\"fl;2026-03-02;2121"), "row-quotes");
  EXPECT_EQ(reason("20210325K069;;2026-03-02;2121"), "no-trigger");
  EXPECT_EQ(reason(std::string(kRow) + "\n" + kRow), "row-several-rows");
  EXPECT_EQ(reason(""), "row-empty");
  EXPECT_EQ(t.Decode("MSH|^~\\&|").reason, "unreadable");
  EXPECT_EQ(t.Decode("").reason, "unreadable");
}

// Nothing but `person_columns` says that a column holds numbers, and that may be left out.
TEST(CsvDecoder, APersonsNumberInAnIdPutsTheRowAsideWhateverTheColumnIsCalled) {
  Decoding t;
  t.options->id_columns = {"datum", "kommun"};
  for (const char* number : {"20210325K069", "195009072553", "950907-2553", "202512012384"}) {
    const kit::Decoded decoded = t.Decode(WriteEnvelope(
        EnvelopeOf(std::string("20210325K069;FL;2026-03-02;") + number)));
    EXPECT_EQ(decoded.reason, "person-in-id");
    EXPECT_EQ(decoded.message_id, "");
    EXPECT_EQ(decoded.detail, "the column 'kommun' holds a person's number");
  }
  EXPECT_EQ(t.Decode(WriteEnvelope(EnvelopeOf(kRow))).message_id, "2026-03-02/2121");
  EXPECT_EQ(t.Decode(WriteEnvelope(EnvelopeOf("20210325K069;FL;2026-03-02;"))).reason, "no-id");
}

TEST(CsvDecoder, ARowAboutNobodyIsUnreadable) {
  Decoding t;
  t.options->person_columns = {"personnr"};
  for (const char* nobody : {"", "Test Testsson", "20211325K069", "2103250069"}) {
    const kit::Decoded decoded =
        t.Decode(WriteEnvelope(EnvelopeOf(std::string(nobody) + ";FL;2026-03-02;2121")));
    EXPECT_EQ(decoded.reason, "no-person") << nobody;
  }
  EXPECT_EQ(t.Decode(WriteEnvelope(EnvelopeOf(kRow))).reason, "");
  EXPECT_EQ(t.Decode(WriteEnvelope(EnvelopeOf("202512012384;FL;2026-03-02;2121"))).reason, "")
      << "a wrong check digit is a doubt";
}

TEST(CsvDecoder, BaselineAndAGuessedCharsetComeAlong) {
  Decoding t;
  Envelope envelope = EnvelopeOf(kRow);
  envelope.baseline = envelope.charset_guessed = true;
  const kit::Decoded decoded = t.Decode(WriteEnvelope(envelope));
  EXPECT_TRUE(decoded.baseline);
  EXPECT_EQ(decoded.record->Doubts(), std::vector<std::string>{"charset-guessed"});
}

TEST(CsvDecoder, AMappingThatReadsAColumnTheHeaderLacksIsRefusedAtStart) {
  Decoding t;
  t.options->columns = {"personnr", "handelse", "datum", "komun"};
  const Result<std::unique_ptr<kit::Decoder>> made =
      kit::MakeDecoder(t.kinds, t.config, *t.mapping, t.clock, Random(1));
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message.find("'kommun'"), std::string::npos);
  EXPECT_NE(made.error().message.find("'komun'"), std::string::npos);
}

TEST(CsvDecoder, ASampleFileIsCutIntoItsRows) {
  Decoding t;
  const std::string file = std::string("personnr;handelse;datum;kommun\n") + kRow + "\nbad\n";
  const Result<std::vector<std::string>> rows = t.MakeDecoder()->Sample("/tmp/x/ftv.csv", file);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  ASSERT_EQ(rows->size(), 2U);
  const Result<Envelope> first = ReadEnvelope((*rows)[0]);
  EXPECT_EQ(first->file, "ftv.csv");
  EXPECT_EQ(first->line, 2U);
  EXPECT_EQ(first->row, kRow);
  EXPECT_FALSE(t.MakeDecoder()->Sample("x.csv", "a;b\n").ok());
}

}  // namespace
}  // namespace sam::csv
