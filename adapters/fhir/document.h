// Document: one message: a resource (the focus) and the resources that it refers to and that came
// along. Either the resource alone, or a Bundle of type collection whose first entry is the focus.
// Plain value, movable; pointers into it live as long as it does. Any thread, one at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/fhir/json.h"
#include "adapters/fhir/path.h"
#include "broker/base/result.h"

namespace sam::fhir {

// A value, and the resource it stands in: "#id" means that resource's own contained ones.
struct Node {
  const Json* value = nullptr;
  const Json* resource = nullptr;
};

class Document {
 public:
  // kInvalid: not JSON, no resource, or a Bundle that is no message of this kind.
  static Result<Document> Parse(std::string_view bytes);

  const Json& focus() const { return *focus_; }
  const std::string& type() const { return focus_->Text("resourceType"); }

  // The resources that came along, as text; empty: none.
  std::string along() const;

  // The same, and those that the focus contains.
  std::vector<const Json*> others() const;

  // All values at `path`. unit/occurrence (from 1): the steps of `unit` at the beginning of `path`
  // mean that entry alone; 0: none.
  std::vector<Node> Find(const Path& path, const Path* unit = nullptr,
                         unsigned occurrence = 0) const;

 private:
  Document() = default;
  std::vector<Node> Walk(const std::vector<Node>& from, const Step& step) const;
  // Does this reference mean a resource of `type`?
  bool IsA(const Node& node, const std::string& type) const;
  const Json* Resolve(const std::string& reference, const Json* from) const;
  void Index(const std::string& full_url, const Json& resource);

  std::unique_ptr<Json> root_;
  const Json* focus_ = nullptr;
  std::map<std::string, const Json*, std::less<>> by_name_;  // fullUrl, and Type/id
};

// "Patient/7/_history/2" and "https://x/fhir/Patient/7" -> "Patient/7"; empty: of another form.
std::string RelativeName(std::string_view reference);

// The answers of a form never go further than this: a questionnaire response, also one that another
// resource contains, at any depth, loses its items, its narrative and what it contains but persons,
// units and the encounter; the narrative of what contains one goes too. True: something was taken out.
bool DropAnswers(Json& value);

}  // namespace sam::fhir
