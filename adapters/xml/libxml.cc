#include "adapters/xml/libxml.h"

#include <libxml/parser.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlerror.h>

namespace sam::xml {
namespace {

xmlParserInputPtr Nothing(const char*, const char*, xmlParserCtxtPtr) { return nullptr; }
void Silent(void*, const char*, ...) {}
void SilentToo(void*, xmlErrorPtr) {}

}  // namespace

void QuietLibxml() {
  xmlInitParser();
  xmlSetExternalEntityLoader(Nothing);
  xmlSetGenericErrorFunc(nullptr, Silent);
  xmlSetStructuredErrorFunc(nullptr, SilentToo);
}

LocalFiles::LocalFiles() {
  QuietLibxml();
  xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader);
}

LocalFiles::~LocalFiles() { QuietLibxml(); }

}  // namespace sam::xml
