#include "adapters/xml/schema.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "adapters/xml/libxml.h"
#include "adapters/xml/raw_trees.h"

namespace sam::xml {
namespace {

struct FirstError {
  std::string path;
  std::string text;  // file:line: what; the site's own file, so libxml2's words may be shown
};

void NoteLoad(void* self, xmlErrorPtr error) {
  auto& first = *static_cast<FirstError*>(self);
  if (error == nullptr || error->level < XML_ERR_ERROR || !first.text.empty()) return;
  std::string message = error->message == nullptr ? "" : error->message;
  while (!message.empty() && message.back() == '\n') message.pop_back();
  std::replace(message.begin(), message.end(), '\n', ' ');
  first.text.append(error->file != nullptr ? std::string(error->file) : first.path).append(":");
  first.text.append(std::to_string(std::max(1, error->line))).append(": ").append(message);
}

void CollectNames(const xmlNode* node, std::set<std::string>& names, bool& all) {
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) continue;
    const std::string kind = Text(node->name);
    if (kind == "element" || kind == "attribute") {
      xmlChar* name = xmlGetNoNsProp(const_cast<xmlNode*>(node), BAD_CAST "name");
      if (name != nullptr) names.insert(Text(name));
      xmlFree(name);
    } else if (kind == "include" || kind == "import" || kind == "redefine" || kind == "any" ||
               kind == "anyAttribute") {
      all = false;
    }
    CollectNames(node->children, names, all);
  }
}

std::string RuleText(int code) {
  switch (code) {
    case XML_SCHEMAV_CVC_ELT_1: return "the root element is not one of the schema's";
    case XML_SCHEMAV_ELEMENT_CONTENT: return "an element is missing, or stands where it may not";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3: return "text or elements stand where they may not";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2: return "an attribute that may not stand here";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_4: return "an attribute is missing";
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1:
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_2:
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_3: return "no value of its type";
    case XML_SCHEMAV_CVC_ENUMERATION_VALID: return "none of the values that are allowed";
    case XML_SCHEMAV_CVC_PATTERN_VALID: return "not of the pattern that is asked for";
    case XML_SCHEMAV_CVC_LENGTH_VALID:
    case XML_SCHEMAV_CVC_MINLENGTH_VALID:
    case XML_SCHEMAV_CVC_MAXLENGTH_VALID: return "of a length that is not allowed";
    case XML_SCHEMAV_CVC_MININCLUSIVE_VALID:
    case XML_SCHEMAV_CVC_MAXINCLUSIVE_VALID:
    case XML_SCHEMAV_CVC_MINEXCLUSIVE_VALID:
    case XML_SCHEMAV_CVC_MAXEXCLUSIVE_VALID: return "out of bounds";
    case XML_SCHEMAV_CVC_TOTALDIGITS_VALID:
    case XML_SCHEMAV_CVC_FRACTIONDIGITS_VALID: return "of more digits than allowed";
    case XML_SCHEMAV_CVC_IDC: return "a key that is doubled or missing";
    default: return "against the schema";
  }
}

// Which attribute a fault is about stands in libxml2's words alone. Whoever shows it masks it.
std::string AttributeOf(const xmlError& error) {
  constexpr std::string_view kMark = "attribute '";
  const std::string_view message = error.message == nullptr ? "" : error.message;
  const size_t at = message.find(kMark);
  if (at == std::string_view::npos) return "";
  std::string_view name = message.substr(at + kMark.size());
  name = name.substr(0, name.find('\''));
  const size_t ns = name.rfind('}');
  return std::string(ns == std::string_view::npos ? name : name.substr(ns + 1));
}

void NoteFault(void* self, xmlErrorPtr error) {
  auto& fault = *static_cast<std::optional<SchemaFault>*>(self);
  if (error == nullptr || error->level < XML_ERR_ERROR || fault) return;
  fault.emplace();
  fault->rule = RuleText(error->code) + " (xsd rule " + std::to_string(error->code) + ")";
  const auto* node = static_cast<const xmlNode*>(error->node);
  fault->attribute = AttributeOf(*error);
  if (node != nullptr && node->type == XML_ATTRIBUTE_NODE) node = node->parent;
  if (node != nullptr)
    fault->line = static_cast<uint64_t>(std::max<int64_t>(0, xmlGetLineNo(node)));
  for (; node != nullptr && node->type == XML_ELEMENT_NODE; node = node->parent)
    fault->names.push_back(Text(node->name));
  std::reverse(fault->names.begin(), fault->names.end());
}

}  // namespace

void Schema::Free::operator()(RawSchema* raw) const { delete raw; }

Result<std::unique_ptr<Schema>> Schema::Load(const std::string& path) {
  if (!std::ifstream(path))
    return NotFound(path + ": there is no such file, or it may not be read");
  const LocalFiles local;
  FirstError first{path, ""};
  xmlSetStructuredErrorFunc(&first, NoteLoad);
  auto out = std::make_unique<Schema>();
  out->raw_.reset(new RawSchema);
  xmlDocPtr& source = out->raw_->source;
  source = xmlReadFile(path.c_str(), nullptr, XML_PARSE_NONET);
  if (source == nullptr) return Invalid(first.text.empty() ? path + ":1: not XML" : first.text);
  if (source->intSubset != nullptr)
    return Invalid(path + ":1: it has a document type (DOCTYPE), which is never read");
  struct FreeParser {
    void operator()(xmlSchemaParserCtxtPtr one) const { xmlSchemaFreeParserCtxt(one); }
  };
  const std::unique_ptr<xmlSchemaParserCtxt, FreeParser> parser(xmlSchemaNewDocParserCtxt(source));
  if (!parser) return Invalid(path + ":1: libxml2 has no memory for it");
  xmlSchemaSetParserStructuredErrors(parser.get(), NoteLoad, &first);
  out->raw_->compiled = xmlSchemaParse(parser.get());
  if (out->raw_->compiled == nullptr || !first.text.empty())
    return Invalid(first.text.empty() ? path + ":1: no XML schema" : first.text);
  CollectNames(xmlDocGetRootElement(source), out->names_, out->knows_all_names_);
  return out;
}

std::optional<SchemaFault> Schema::Check(const Document& document) const {
  QuietLibxml();
  struct FreeValid {
    void operator()(xmlSchemaValidCtxtPtr one) const { xmlSchemaFreeValidCtxt(one); }
  };
  const std::unique_ptr<xmlSchemaValidCtxt, FreeValid> valid(xmlSchemaNewValidCtxt(raw_->compiled));
  std::optional<SchemaFault> fault;
  const auto fail = [&](const char* rule) {
    fault.emplace();
    fault->rule = rule;
    return fault;
  };
  if (!valid) return fail("could not be checked: libxml2 has no memory");
  xmlSchemaSetValidStructuredErrors(valid.get(), NoteFault, &fault);
  const int result = xmlSchemaValidateDoc(valid.get(), document.raw().doc);
  if (result != 0 && !fault) return fail("could not be checked against the schema");
  return fault;
}

}  // namespace sam::xml
