#include "adapters/xml/document.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "adapters/xml/libxml.h"
#include "adapters/xml/raw_trees.h"
#include "broker/base/text.h"

namespace sam::xml {
namespace {

constexpr const char* kInstance = "http://www.w3.org/2001/XMLSchema-instance";

struct Finding {
  bool doctype = false;
  int code = 0;
  int line = 0;
};

Finding& Of(void* context) {
  return *static_cast<Finding*>(static_cast<xmlParserCtxtPtr>(context)->_private);
}

void Doctype(void* context, const xmlChar*, const xmlChar*, const xmlChar*) {
  Of(context).doctype = true;
  xmlStopParser(static_cast<xmlParserCtxtPtr>(context));
}

void Note(void* context, xmlErrorPtr error) {
  Finding& finding = Of(context);
  if (error == nullptr || error->level < XML_ERR_ERROR || finding.code != 0) return;
  if (error->code == XML_WAR_NS_URI) return;  // as in sax.cc
  finding.code = error->code;
  finding.line = error->line;
}

bool IsNil(const xmlAttr* attribute, const std::string& value) {
  return attribute->ns != nullptr && Text(attribute->ns->href) == kInstance &&
         Text(attribute->name) == "nil" && (value == "true" || value == "1");
}

bool InNamespace(const xmlNode* node, const std::string& ns) {
  return ns.empty() || (node->ns != nullptr && Text(node->ns->href) == ns);
}

// False: too deep.
bool Build(xmlNode* from, const std::string& ns, size_t depth, Node& out) {
  if (depth == 0) return false;
  out.name = Text(from->name);
  bool nil = false;
  for (xmlAttr* one = from->properties; one != nullptr; one = one->next) {
    xmlChar* raw = xmlNodeListGetString(from->doc, one->children, 1);
    std::string value = Text(raw);
    xmlFree(raw);
    nil = nil || IsNil(one, value);
    if (one->ns == nullptr) out.attributes.emplace_back(Text(one->name), std::move(value));
  }
  for (xmlNode* child = from->children; child != nullptr; child = child->next) {
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) {
      out.text.append(Text(child->content));
    } else if (child->type == XML_ELEMENT_NODE && InNamespace(child, ns)) {
      out.children.emplace_back();
      if (!Build(child, ns, depth - 1, out.children.back())) return false;
    }
  }
  out.text = nil ? std::string() : std::string(Trim(out.text));
  return true;
}

}  // namespace

void Document::Free::operator()(RawDocument* raw) const { delete raw; }

Result<Document> Document::Parse(std::string_view bytes, const std::string& ns, size_t max_depth) {
  QuietLibxml();
  struct FreeParser {
    void operator()(xmlParserCtxtPtr one) const { xmlFreeParserCtxt(one); }
  };
  const std::unique_ptr<xmlParserCtxt, FreeParser> parser(xmlNewParserCtxt());
  if (!parser) return Exhausted("libxml2 has no memory for a message");
  Finding finding;
  parser->_private = &finding;
  parser->sax->internalSubset = Doctype;
  parser->sax->serror = Note;
  Document out;
  // A message of ours is UTF-8 whatever it may say.
  out.raw_.reset(
      new RawDocument(xmlCtxtReadMemory(parser.get(), bytes.data(), static_cast<int>(bytes.size()),
                                        nullptr, "UTF-8", XML_PARSE_NONET)));
  if (finding.doctype) return Invalid("it has a document type (DOCTYPE), which is never read");
  xmlNode* root = xmlDocGetRootElement(out.raw_->doc);
  if (root == nullptr || finding.code != 0)
    return Invalid("not well-formed at line " + std::to_string(finding.line) + " (libxml2 rule " +
                   std::to_string(finding.code) + ")");
  if (!Build(root, ns, max_depth, out.root_))
    return Invalid("its elements are nested deeper than max_depth");
  return out;
}

}  // namespace sam::xml
