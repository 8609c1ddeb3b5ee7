// RecordCutter: the records of a file, one by one, each as a document that stands alone: the
// elements around it with their attributes, what stood beside it outside of records before it (the
// file's header), the record itself, and what stood in the root element after all records. Thus a
// schema for the file fits each record's document too.
//
//   <leverans skapad=".."><avsandare>..</avsandare>     line 1: all that is outside of records
//   <handelse> .. </handelse>                           line 2 and on, line for line as in the file
//   <antal>17</antal></leverans>                        the rest
//
// Written anew from the parser's events: UTF-8, no comments, no instructions.
// Any thread, one at a time. Memory: max_header_bytes, max_record_bytes and what SaxParser has.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/xml/options.h"
#include "adapters/xml/sax.h"

namespace sam::xml {

struct CutRecord {
  std::string bytes;    // the document
  uint64_t number = 0;  // from 1
  uint64_t line = 0;    // of the file, of the end of its first tag
  std::string cut;      // "too-large", "too-deep": only its beginning is here, and it is no XML
};

class RecordCutter final : private SaxEvents {
 public:
  RecordCutter(const XmlOptions& options, size_t block = SaxParser::kBlock)
      : options_(options), parser_(*this, block) {}

  void SkipTo(uint64_t number) { first_ = number; }  // earlier ones are passed over
  void SetTail(std::string tail) { tail_ = std::move(tail); }
  void Feed(std::string_view bytes) { parser_.Feed(bytes); }
  void Finish() { parser_.Finish(); }
  // Empty: feed more, or at the end.
  std::optional<CutRecord> Next();

  // When Finish was called and Next is empty.
  const SaxTrouble& trouble() const { return parser_.trouble(); }
  bool charset_guessed() const { return parser_.charset_guessed(); }
  uint64_t records() const { return records_; }
  const std::string& tail() const { return tail_; }

 private:
  struct Level {  // an element around records, or beside them
    std::string qname;
    std::string text;  // its start and what is inside of it so far, without records
    bool has_record = false;
    size_t after_record = 0;  // where in text what follows the last record begins
  };

  void Open(const SaxStart& start) override;
  void Close(const std::string& qname, uint64_t line) override;
  void Text(std::string_view text) override;
  bool CheckRoot(const SaxStart& start);
  void CutIfTooDeep();
  void OpenOutside(const SaxStart& start);
  void CloseOutside();
  void EndRecord();
  void AddOutside(std::string_view text);
  void AddInside(std::string_view text);
  void Pad(uint64_t line, std::string& out);
  std::string Document() const;

  const XmlOptions& options_;
  SaxParser parser_;
  std::vector<Level> levels_;
  std::vector<std::string> names_;  // of all that is open outside of the record, and the record
  size_t outside_bytes_ = 0;
  std::string tail_;
  size_t depth_inside_ = 0;  // 0: no record at hand
  CutRecord record_;         // bytes: the record alone
  uint64_t lines_out_ = 0;   // the line of the file where record_.bytes has come to
  uint64_t records_ = 0;
  uint64_t first_ = 1;
  std::deque<CutRecord> ready_;
};

}  // namespace sam::xml
