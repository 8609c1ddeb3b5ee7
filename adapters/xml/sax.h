// SaxParser: a file's bytes, in pieces of any size, to starts and ends of elements and text in
// between. libxml2's push parser, with everything shut that a hostile file could use: a DOCTYPE
// ends it (so there are no entities but the five), nothing outside the file is opened, and
// libxml2's own limits hold. A tag or comment is at most 64 KiB.
//
// It is what xmlTextReader is built on, too; a reader would wait for bytes, and the folder is read
// in steps.
//
// The pieces are cut anew into blocks counted from the start of the file, so that what comes out
// never depends on how the reads fell.
// Any thread, one at a time. Memory: one block, one token, and what was fed but not yet stepped
// over.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sam::xml {

struct SaxAttribute {
  std::string name;  // local
  std::string prefix;
  std::string value;
};

struct SaxStart {
  std::string name;  // local
  std::string prefix;
  std::string ns;
  std::vector<std::pair<std::string, std::string>> declared;  // prefix (empty: default), namespace
  std::vector<SaxAttribute> attributes;
  uint64_t line = 0;  // where the tag ends
};

class SaxEvents {
 public:
  virtual ~SaxEvents() = default;
  virtual void Open(const SaxStart& start) = 0;
  virtual void Close(const std::string& qname, uint64_t line) = 0;
  virtual void Text(std::string_view text) = 0;
};

struct SaxTrouble {
  std::string code;  // empty: none. "empty", "doctype", "encoding", "truncated", "not-well-formed"
  std::string detail;  // the line and libxml2's number of the rule; never content
};

class SaxParser {
 public:
  static constexpr size_t kBlock = size_t{4} << 10;

  explicit SaxParser(SaxEvents& events, size_t block = kBlock);
  ~SaxParser();
  SaxParser(const SaxParser&) = delete;
  SaxParser& operator=(const SaxParser&) = delete;

  void Feed(std::string_view bytes);
  void Finish() { finished_ = true; }
  // One block; false: feed more, or at the end. Events come from within.
  bool Step();
  // The receiver of the events has seen enough; the first trouble counts.
  void Stop(std::string code, std::string detail);

  const SaxTrouble& trouble() const { return trouble_; }
  // It says ISO-8859-1 and has characters that only Windows-1252 has; they are read as such.
  bool charset_guessed() const { return charset_guessed_; }
  uint64_t line() const;

 private:
  friend struct SaxCallbacks;
  struct Context;
  void Push(std::string_view bytes, bool last);
  const char* CodeOf(int rule) const;
  void CheckFirstBytes(std::string_view bytes);
  void CheckEncoding();
  std::string Fixed(std::string_view text);

  SaxEvents& events_;
  const size_t block_;
  std::unique_ptr<Context> context_;
  std::string buffer_;
  size_t at_ = 0;
  bool finished_ = false;
  bool over_ = false;
  bool any_ = false;
  bool ending_ = false;
  bool wide_ = false;  // the first bytes are UTF-16
  bool mark_ = false;  // a UTF-8 byte order mark
  bool latin1_ = false;
  bool charset_guessed_ = false;
  SaxTrouble trouble_;
};

}  // namespace sam::xml
