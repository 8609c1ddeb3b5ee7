#include "adapters/xml/sax.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <optional>

#include "adapters/hl7/charset.h"
#include "adapters/xml/libxml.h"
#include "broker/base/text.h"

namespace sam::xml {
namespace {

// A tag or comment that is not over by then is none we want: libxml2 compares each attribute of a
// tag with each other one.
constexpr size_t kMaxToken = size_t{64} << 10;

// As long as entities are not expanded (they never are here), libxml2 leaves each & of an attribute
// as a reference; there is no other & in it.
std::string Ampersands(std::string text) {
  constexpr std::string_view kReference = "&#38;";
  for (size_t at = text.find(kReference); at != std::string::npos;
       at = text.find(kReference, at + 1))
    text.replace(at, kReference.size(), "&");
  return text;
}

}  // namespace

struct SaxParser::Context {
  xmlSAXHandler handler{};
  xmlParserCtxtPtr parser = nullptr;
  ~Context() {
    if (parser == nullptr) return;
    if (parser->myDoc != nullptr) xmlFreeDoc(parser->myDoc);
    xmlFreeParserCtxt(parser);
  }
};

// libxml2 calls these; the first argument is our own parser.
struct SaxCallbacks {
  static SaxParser& Self(void* self) { return *static_cast<SaxParser*>(self); }

  static void StartDocument(void* self) { Self(self).CheckEncoding(); }
  static void Doctype(void* self, const xmlChar*, const xmlChar*, const xmlChar*) {
    Self(self).Stop("doctype", "line " + std::to_string(Self(self).line()) +
                                   ": a document type is never read; send the file without one");
  }
  static xmlEntityPtr Entity(void*, const xmlChar* name) { return xmlGetPredefinedEntity(name); }

  static void Start(void* self, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
                    int nb_namespaces, const xmlChar** namespaces, int nb_attributes, int,
                    const xmlChar** attributes) {
    SaxParser& parser = Self(self);
    if (!parser.trouble_.code.empty()) return;
    SaxStart start;
    start.name = Text(name);
    start.prefix = Text(prefix);
    start.ns = Ampersands(Text(uri));
    start.line = parser.line();
    for (ptrdiff_t i = 0; i < nb_namespaces; ++i)
      start.declared.emplace_back(Text(namespaces[2 * i]), Ampersands(Text(namespaces[2 * i + 1])));
    for (ptrdiff_t i = 0; i < nb_attributes; ++i) {
      const xmlChar** one = attributes + 5 * i;
      const auto* begin = reinterpret_cast<const char*>(one[3]);
      const auto* end = reinterpret_cast<const char*>(one[4]);
      start.attributes.push_back(
          {Text(one[0]), Text(one[1]),
           parser.Fixed(Ampersands(std::string(begin, static_cast<size_t>(end - begin))))});
    }
    parser.events_.Open(start);
  }
  static void End(void* self, const xmlChar* name, const xmlChar* prefix, const xmlChar*) {
    SaxParser& parser = Self(self);
    if (!parser.trouble_.code.empty()) return;
    std::string qname = Text(prefix);
    if (!qname.empty()) qname += ':';
    parser.events_.Close(qname.append(Text(name)), parser.line());
  }
  static void Characters(void* self, const xmlChar* text, int size) {
    SaxParser& parser = Self(self);
    if (!parser.trouble_.code.empty() || size <= 0) return;
    parser.events_.Text(parser.Fixed(
        std::string_view(reinterpret_cast<const char*>(text), static_cast<size_t>(size))));
  }
  static void Trouble(void* self, xmlErrorPtr error) {
    SaxParser& parser = Self(self);
    if (error == nullptr || error->level < XML_ERR_ERROR || !parser.trouble_.code.empty()) return;
    if (error->code == XML_WAR_NS_URI)
      return;  // a namespace that is no address is a name all the same
    parser.Stop(parser.CodeOf(error->code), "line " + std::to_string(error->line) +
                                                " (libxml2 rule " + std::to_string(error->code) +
                                                ")");
  }
};

SaxParser::SaxParser(SaxEvents& events, size_t block)
    : events_(events), block_(std::max<size_t>(1, block)), context_(std::make_unique<Context>()) {
  QuietLibxml();
  xmlSAXHandler& handler = context_->handler;
  handler.initialized = XML_SAX2_MAGIC;
  handler.startDocument = SaxCallbacks::StartDocument;
  handler.internalSubset = SaxCallbacks::Doctype;
  handler.getEntity = SaxCallbacks::Entity;
  handler.startElementNs = SaxCallbacks::Start;
  handler.endElementNs = SaxCallbacks::End;
  handler.characters = SaxCallbacks::Characters;
  handler.ignorableWhitespace = SaxCallbacks::Characters;
  handler.cdataBlock = [](void* self, const xmlChar* text, int size) {
    SaxCallbacks::Characters(self, text, size);
  };
  handler.serror = SaxCallbacks::Trouble;
}

SaxParser::~SaxParser() = default;

uint64_t SaxParser::line() const {
  const xmlParserCtxtPtr parser = context_->parser;
  return parser == nullptr || parser->input == nullptr || parser->input->line < 1
             ? 1
             : static_cast<uint64_t>(parser->input->line);
}

const char* SaxParser::CodeOf(int rule) const {
  const xmlParserCtxtPtr parser = context_->parser;
  const bool has_input = parser != nullptr && parser->input != nullptr;
  // A character that may not be, and does not fit in a byte of ASCII: not the encoding it says.
  const bool bad_character = rule == XML_ERR_INVALID_CHAR && has_input &&
                             parser->input->cur < parser->input->end && *parser->input->cur >= 0x80;
  if (rule == XML_ERR_INVALID_ENCODING || rule == XML_ERR_UNKNOWN_ENCODING ||
      rule == XML_ERR_UNSUPPORTED_ENCODING || bad_character)
    return "encoding";
  if (!ending_) return "not-well-formed";
  // Nothing more comes, and what is left is a tag or text without its end.
  const bool open_end =
      has_input && std::find(parser->input->cur, parser->input->end, '>') == parser->input->end;
  return open_end || rule == XML_ERR_DOCUMENT_END || rule == XML_ERR_COMMENT_NOT_FINISHED ||
                 rule == XML_ERR_PI_NOT_FINISHED
             ? "truncated"
             : "not-well-formed";
}

void SaxParser::Feed(std::string_view bytes) {
  if (over_) return;
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(bytes);
}

bool SaxParser::Step() {
  if (over_) return false;
  const size_t rest = buffer_.size() - at_;
  // The first bytes tell UTF-16 from the rest, so they go in together.
  const size_t wanted = any_ ? block_ : std::max<size_t>(4, block_);
  if (rest < wanted && !finished_) return false;
  if (rest == 0) {
    if (!any_) Stop("empty", "there is nothing in it");
    ending_ = true;
    Push({}, true);
    over_ = true;
    return false;
  }
  const size_t size = std::min(rest, wanted);
  const std::string_view bytes = std::string_view(buffer_).substr(at_, size);
  at_ += size;
  if (!any_) CheckFirstBytes(bytes);
  any_ = true;
  Push(bytes, false);
  const xmlParserCtxtPtr parser = context_->parser;
  if (trouble_.code.empty() && parser != nullptr && parser->input != nullptr &&
      static_cast<size_t>(parser->input->end - parser->input->cur) > kMaxToken)
    Stop("not-well-formed",
         "line " + std::to_string(line()) + ": a tag or comment of more than 64 KiB");
  over_ = !trouble_.code.empty();
  return !over_;
}

void SaxParser::Push(std::string_view bytes, bool last) {
  if (!trouble_.code.empty()) return;
  if (context_->parser == nullptr) {
    const std::string_view head = bytes.substr(0, 4);
    context_->parser = xmlCreatePushParserCtxt(&context_->handler, this, head.data(),
                                               static_cast<int>(head.size()), nullptr);
    if (context_->parser == nullptr) {
      Stop("not-well-formed", "libxml2 has no memory for it");
      return;
    }
    xmlCtxtUseOptions(context_->parser, XML_PARSE_NONET);
    bytes.remove_prefix(head.size());
  }
  if (bytes.empty() && !last) return;
  const int result =
      xmlParseChunk(context_->parser, bytes.data(), static_cast<int>(bytes.size()), last ? 1 : 0);
  // An error of the character decoder has no handler to go to.
  if (result != XML_ERR_OK && trouble_.code.empty() &&
      (result == XML_ERR_INVALID_ENCODING || context_->parser->wellFormed == 0))
    Stop(result == XML_ERR_INVALID_ENCODING ? "encoding" : "not-well-formed",
         "line " + std::to_string(line()) + " (libxml2 rule " + std::to_string(result) + ")");
}

void SaxParser::Stop(std::string code, std::string detail) {
  if (!trouble_.code.empty()) return;
  trouble_ = {std::move(code), std::move(detail)};
  if (context_->parser != nullptr) xmlStopParser(context_->parser);
}

// UTF-8, what looks like ASCII, and UTF-16; UTF-32 and EBCDIC begin otherwise.
void SaxParser::CheckFirstBytes(std::string_view bytes) {
  const auto is = [&](std::string_view begin) { return bytes.substr(0, begin.size()) == begin; };
  using namespace std::string_view_literals;
  mark_ = is("\xef\xbb\xbf"sv);
  const bool wide_mark = is("\xff\xfe"sv) || is("\xfe\xff"sv);
  wide_ = wide_mark || is("<\0?\0"sv) || is("\0<\0?"sv);
  if (is("\xff\xfe\0\0"sv) || (!wide_ && bytes.substr(0, 4).find('\0') != std::string_view::npos))
    Stop("encoding", "it begins as UTF-32 or something else; send UTF-8");
  const bool blank = !bytes.empty() && Trim(bytes.substr(0, 1)).empty();
  if (!wide_ && !mark_ && !is("<"sv) && !blank) Stop("not-well-formed", "it begins with no '<'");
}

void SaxParser::CheckEncoding() {
  const xmlParserCtxtPtr parser = context_->parser;
  if (parser == nullptr) return;
  const xmlChar* found = parser->encoding;
  if (found == nullptr && parser->input != nullptr) found = parser->input->encoding;
  const std::string said = UpperAscii(Text(found));
  const auto one_of = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), said) != names.end();
  };
  const bool wide = one_of({"UTF-16", "UTF-16LE", "UTF-16BE", "UTF16"});
  const bool utf8 = said.empty() || one_of({"UTF-8", "UTF8"});
  latin1_ = one_of({"ISO-8859-1", "ISO8859-1", "ISO_8859-1", "LATIN1"});
  const bool one_byte =
      latin1_ || one_of({"WINDOWS-1252", "CP1252", "ISO-8859-15", "US-ASCII", "ASCII"});
  if (!wide && !utf8 && !one_byte)
    Stop("encoding", "it says an encoding that is not taken; send UTF-8");
  else if ((wide_ && !wide && !said.empty()) || (!wide_ && wide) || (mark_ && !utf8))
    Stop("encoding", "it says another encoding than its first bytes do");
}

// Senders say ISO-8859-1 and write Windows-1252; read as said, those would be control characters.
std::string SaxParser::Fixed(std::string_view text) {
  std::string out(text);
  if (!latin1_ || text.find('\xc2') == std::string_view::npos) return out;
  out.clear();
  for (size_t i = 0; i < text.size(); ++i) {
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (text[i] == '\xc2' && next >= 0x80 && next < 0xa0) {
      out.append(hl7::ToUtf8(text.substr(i + 1, 1), hl7::Charset::kWindows1252));
      charset_guessed_ = true;
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace sam::xml
