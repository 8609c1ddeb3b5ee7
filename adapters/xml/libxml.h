// What libxml2 keeps for the whole process, set so that nothing of a file leaves it: no file or
// address that a document names is ever opened, and nothing is printed (libxml2's messages hold
// values). One thread: the one that reads XML.
#pragma once

#include <string>

namespace sam::xml {

// libxml2's text (xmlChar), which may be none.
inline std::string Text(const unsigned char* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

void QuietLibxml();

// While one lives, files named by a schema (xs:include, xs:import) may be read from the disk. The
// network stays closed.
class LocalFiles {
 public:
  LocalFiles();
  ~LocalFiles();
  LocalFiles(const LocalFiles&) = delete;
  LocalFiles& operator=(const LocalFiles&) = delete;
};

}  // namespace sam::xml
