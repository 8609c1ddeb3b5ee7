// libxml2's own trees behind names of ours, so that no header of the room shows libxml2. Included
// by its .cc files only. One thread each; they own what they hold.
#pragma once

#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

namespace sam::xml {

struct RawDocument {
  explicit RawDocument(xmlDocPtr made) : doc(made) {}
  ~RawDocument() { xmlFreeDoc(doc); }
  RawDocument(const RawDocument&) = delete;
  RawDocument& operator=(const RawDocument&) = delete;
  xmlDocPtr doc;  // null: it could not be read
};

struct RawSchema {
  RawSchema() = default;
  ~RawSchema() {
    xmlSchemaFree(compiled);
    xmlFreeDoc(source);
  }
  RawSchema(const RawSchema&) = delete;
  RawSchema& operator=(const RawSchema&) = delete;
  xmlDocPtr source = nullptr;  // the compiled one points into it
  xmlSchemaPtr compiled = nullptr;
};

}  // namespace sam::xml
