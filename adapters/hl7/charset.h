// Which character set a message is in, and text to and from UTF-8. Any thread, pure.
// Order of decision: forced by the source's configuration, byte order mark, MSH-18, the source's
// default; then the bytes are checked against the choice. Nothing is ever replaced by U+FFFD:
// what does not fit is read by the fallback and the result says so.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "broker/base/result.h"

namespace sam::hl7 {

// All of these keep the ASCII bytes, so that a message can be cut before it is decoded. MLLP
// allows no others: in UTF-16 the frame bytes can be a part of a character.
enum class Charset {
  kAscii,
  kUtf8,
  kWindows1252,  // also what is called 8859/1: senders put 0x80-0x9F in it
  kLatin9,       // 8859/15
  kIso8859_2,
  kIso8859_3,
  kIso8859_4,
  kIso8859_5,
  kIso8859_6,
  kIso8859_7,
  kIso8859_8,
  kIso8859_9,
};
const char* CharsetName(Charset charset);  // "UTF-8", "windows-1252" ...

// The spellings of table 0211 and those met in practice ("UTF8", "ISO-8859-1", "ISO IR 100").
std::optional<Charset> CharsetByName(std::string_view name);

enum class OnSuspect {
  kFollowBytes,     // said 8859/1, but all bytes form UTF-8: read as UTF-8
  kFollowDeclared,  // read as declared
};

struct CharsetPolicy {
  std::optional<Charset> force;
  Charset source_default = Charset::kUtf8;   // MSH-18 empty or unknown; UTF-8 is checked, so safe
  Charset fallback = Charset::kWindows1252;  // bytes that are not the UTF-8 or ASCII they should be
  OnSuspect on_suspect = OnSuspect::kFollowBytes;
};

struct CharsetDecision {
  Charset charset = Charset::kUtf8;
  std::string declared;  // MSH-18's first repetition as sent
  bool guessed = false;  // the bytes were not what was said, or the name was not known
  bool suspect = false;  // the bytes fit what was said, but fit UTF-8 as well
  bool had_bom = false;
};

// raw: the whole message; msh18: its MSH-18, first repetition. kInvalid: UTF-16, UTF-32, a set that
// cannot be decoded here with non-ASCII bytes in the message, or a byte that its set leaves empty.
Result<CharsetDecision> DecideCharset(std::string_view raw, std::string_view msh18,
                                      const CharsetPolicy& policy);

// True if the bytes look like UTF-16 or UTF-32 text, with or without byte order mark.
bool LooksLikeWideUnicode(std::string_view raw);

bool IsAscii(std::string_view bytes);

// Bytes of a message to UTF-8. Every byte has a character (one that its set leaves empty a private
// one, U+F7xx; DecideCharset lets none pass), so this cannot fail; bytes that are not
// UTF-8 in a UTF-8 value (a cut inside a character) are read one by one by the fallback set.
std::string ToUtf8(std::string_view bytes, Charset charset);

// UTF-8 text to a message's bytes. Characters the set lacks become '?', and are counted.
std::string FromUtf8(std::string_view utf8, Charset charset, size_t* replaced = nullptr);

}  // namespace sam::hl7
