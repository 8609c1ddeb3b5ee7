#include "adapters/xml/kind.h"

#include "adapters/xml/xml_decoder.h"
#include "adapters/xml/xml_record.h"

namespace sam::xml {

kit::FormatKind XmlKind() {
  kit::FormatKind kind;
  kind.name = "xml";
  kind.make = [] { return std::make_unique<XmlFormat>(); };
  kind.decoder = [](const kit::DecoderParts& parts, Random) { return XmlDecoder::Make(parts); };
  kind.instead = "An XML file names its own encoding; who may put files there is the folder's matter.";
  return kind;
}

}  // namespace sam::xml
