// What libxml2 keeps for the whole process, set so that nothing of a file leaves it: no file or
// address that a document names is ever opened, and nothing is printed (libxml2's messages hold
// values). One thread: the one that reads XML.
#pragma once

namespace sam::xml {

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
