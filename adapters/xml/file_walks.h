// The two walks over a file. The first looks at all of it before any record is worked on: is it
// whole and well-formed, is it the kind agreed on, does its header fit the schema. The second gives
// its records as messages that stand alone (envelope.h); broken ones come too, and the decoder says
// what is wrong with them. A walk always begins at the file's first byte: a record in the middle
// cannot be read without what is around it.
// Any thread, one at a time. Memory as RecordCutter.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/xml/envelope.h"
#include "adapters/xml/record_cutter.h"

namespace sam::xml {

struct Scanned {
  // Empty: to be worked on. Else a code: "empty", "doctype", "encoding", "truncated",
  // "not-well-formed", "root", "namespace", "too-deep", "header-too-large", "too-many-records",
  // "no-records", "header-schema".
  std::string refusal;
  std::string detail;  // no content of the file
  bool charset_guessed = false;
  uint64_t records = 0;
  std::string tail;  // what follows the records in the root element
};

class Scan {
 public:
  explicit Scan(const XmlOptions& options, size_t block = SaxParser::kBlock)
      : options_(options), cutter_(options, block) {}
  void Feed(std::string_view bytes);
  Scanned Finish();

 private:
  void CheckHeader(Scanned& out) const;

  const XmlOptions& options_;
  RecordCutter cutter_;
  std::optional<CutRecord> first_;
};

struct RecordMessage {
  std::string bytes;
  uint64_t number = 0;
};

class RecordMessages {
 public:
  // `name`: the file's, without folder.
  RecordMessages(const XmlOptions& options, const Scanned& scanned, std::string name, bool baseline,
                 size_t block = SaxParser::kBlock);
  void StartAt(uint64_t number) { cutter_.SkipTo(number); }
  void Feed(std::string_view bytes) { cutter_.Feed(bytes); }
  void Finish() { cutter_.Finish(); }
  std::optional<RecordMessage> Next();  // empty: feed more, or at the end

 private:
  RecordCutter cutter_;
  Envelope envelope_;  // what all records share
};

// "leverans/handelse/?": names that neither the schema nor the options know are not repeated.
std::string SafePath(const XmlOptions& options, const SchemaFault& fault);
// Whether the fault is within the record.
bool InRecord(const XmlOptions& options, const SchemaFault& fault);

}  // namespace sam::xml
