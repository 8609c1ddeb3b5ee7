#include "adapters/fhir/bundle.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "adapters/fhir/document.h"

namespace sam::fhir {
namespace {

constexpr int kMaxFar = 3;  // a reference of a reference of a reference

struct Part {
  const Json* resource = nullptr;
  std::string full_url;
  mutable bool copied = false;  // into some message
};

class Bundle {
 public:
  explicit Bundle(const Json& bundle) {
    const Json* entries = bundle.Find("entry");
    if (entries == nullptr) return;
    for (const Json& entry : entries->items) {
      const Json* resource = entry.Find("resource");
      if (resource == nullptr || resource->Text("resourceType").empty()) continue;
      parts_.push_back({resource, entry.Text("fullUrl")});
    }
    for (const Part& part : parts_) {
      if (!part.full_url.empty()) by_name_.emplace(part.full_url, &part);
      const std::string& id = part.resource->Text("id");
      if (!id.empty()) by_name_.emplace(part.resource->Text("resourceType") + "/" + id, &part);
    }
  }

  Bundle(const Bundle&) = delete;
  Bundle& operator=(const Bundle&) = delete;

  // The resource with those it refers to. Stops copying when TooCostly.
  std::string Message(const Json& focus) {
    std::vector<const Part*> along;
    std::set<const Json*> seen = {&focus};
    Gather(focus, 1, seen, along);
    if (along.empty()) return MessageOf(focus);
    std::string out = R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":)";
    AppendJson(focus, out);
    out += '}';
    for (const Part* part : along) {
      if (TooCostly()) return "";
      const size_t before = out.size();
      out += ",{";
      if (!part->full_url.empty()) out += "\"fullUrl\":" + Quoted(part->full_url) + ",";
      out += "\"resource\":";
      AppendJson(*part->resource, out);
      out += '}';
      if (std::exchange(part->copied, true)) copies_ += out.size() - before;
    }
    out += "]}";
    out.shrink_to_fit();  // it may wait, and there may be a thousand
    return out;
  }

  // What is shared stands in each message, so that a small Bundle could fill the memory.
  bool TooCostly() const { return copies_ > kMaxCopies; }

 private:
  void Gather(const Json& value, int far, std::set<const Json*>& seen,
              std::vector<const Part*>& along) const {
    if (far > kMaxFar) return;
    for (const Json& item : value.items) Gather(item, far, seen, along);
    for (const JsonMember& member : value.members) {
      if (member.name == "reference" && member.value.kind == Json::Kind::kString)
        Add(member.value.text, far, seen, along);
      else
        Gather(member.value, far, seen, along);
    }
  }

  void Add(const std::string& reference, int far, std::set<const Json*>& seen,
           std::vector<const Part*>& along) const {
    auto found = by_name_.find(reference);
    if (found == by_name_.end()) found = by_name_.find(RelativeName(reference));
    if (found == by_name_.end() || along.size() + 1 >= kMaxTogether) return;
    if (!seen.insert(found->second->resource).second) return;
    along.push_back(found->second);
    Gather(*found->second->resource, far + 1, seen, along);
  }

  std::vector<Part> parts_;  // not changed after construction: by_name_ points into it
  std::map<std::string, const Part*, std::less<>> by_name_;
  size_t copies_ = 0;  // bytes; the first copy of each resource is no larger than the request
};

Plan Refused(int status, const std::string& code, const std::string& expression,
             const std::string& text) {
  Plan out;
  out.answer = Outcome(status, "error", {{code, expression, text}});
  return out;
}

Plan TooCostly() {
  return Refused(413, "too-costly", "Bundle.entry",
                 "too many of its entries refer to the same large resources; send several Bundles, or "
                 "refer to what is shared by its identifier");
}

std::string At(size_t index, const std::string& rest) {
  return "Bundle.entry[" + std::to_string(index) + "]" + rest;
}

Entry Wrong(int status, const std::string& code, const std::string& place,
            const std::string& text) {
  Entry out;
  out.refused = status;
  out.issues.push_back({code, place, text});
  return out;
}

Entry NotRead(const std::string& type, bool put) {
  Entry out;
  out.type = type;
  out.put = put;
  out.of_interest = IsSupporting(type);
  return out;
}

// One entry of a transaction or batch.
Entry ReadEntry(const Json& entry, size_t index, Bundle& bundle,
                const std::vector<std::string>& mapped) {
  const Json* request = entry.Find("request");
  const Json* resource = entry.Find("resource");
  if (request == nullptr || !request->is_object())
    return Wrong(400, "required", At(index, ".request"), "expected the method and url");
  const std::string& method = request->Text("method");
  if (method != "POST" && method != "PUT")
    return Wrong(405, "not-supported", At(index, ".request.method"), "POST and PUT are taken here");
  if (resource == nullptr || resource->Text("resourceType").empty())
    return Wrong(400, "required", At(index, ".resource"), "expected a resource");
  const std::string& type = resource->Text("resourceType");
  const bool put = method == "PUT";
  if (!IsR4Type(type))
    return Wrong(400, "value", At(index, ".resource.resourceType"), "no resource type of FHIR R4");
  // Not kept by itself, so that where it should go does not matter.
  if (!IsRead(type, mapped)) return NotRead(type, put);
  const std::string wanted = put ? type + "/" + resource->Text("id") : type;
  if (request->Text("url") != wanted)
    return Wrong(400, "value", At(index, ".request.url"),
                 put ? "expected the type and id of the resource" : "expected the resource's type");
  if (put && resource->Text("id").empty())
    return Wrong(400, "required", At(index, ".resource.id"), "a PUT names the resource");
  if (request->Find("ifNoneExist") != nullptr)
    return Wrong(412, "not-supported", At(index, ".request.ifNoneExist"),
                 "conditional create is not offered; id and version tell what came before");
  Entry out = EntryOf(*resource, put);
  for (Issue& issue : out.issues)
    issue.expression = At(index, ".resource") +
                       (issue.expression.size() > type.size()
                            ? issue.expression.substr(type.size())
                            : std::string());
  if (out.refused == 0) out.message = bundle.Message(*resource);
  return out;
}

// What the quarantine keeps of a refused entry: the resource, as a message that can be mended. An
// interaction that is not offered brings none that is of interest.
void KeepRefused(const Json& entry, const Entry& read, Bundle& bundle,
                 std::vector<RefusedBody>& out) {
  const Json* resource = entry.Find("resource");
  if (read.refused == 405 || read.issues.empty() || resource == nullptr || !resource->is_object())
    return;
  const Issue& issue = read.issues[0];
  out.push_back(RefusedPart(issue.code, issue.expression + " " + issue.text, read.refused, *resource,
                            resource->Text("resourceType").empty() ? MessageOf(*resource)
                                                                   : bundle.Message(*resource)));
}

// All or nothing: what is wrong refuses the rest, and all that is wrong is told.
Plan WholeOrRefused(Plan plan) {
  Plan out;
  std::vector<Issue> issues;
  int status = 0;
  for (const Entry& entry : plan.entries) {
    if (entry.refused == 0) continue;
    if (status == 0) status = entry.refused;
    issues.insert(issues.end(), entry.issues.begin(), entry.issues.end());
  }
  if (status == 0) return plan;
  out.answer = Outcome(status, "error", issues);
  out.refused = std::move(plan.refused);
  for (Entry& entry : plan.entries)
    if (!entry.message.empty()) out.refused.push_back(RefusedTogether(entry, status));
  return out;
}

Plan ReadMessageBundle(const Json& bundle, const std::vector<Json>& entries,
                       const std::vector<std::string>& mapped) {
  Bundle parts(bundle);
  const Json* header = entries[0].Find("resource");
  if (header == nullptr || header->Text("resourceType") != "MessageHeader")
    return Refused(422, "structure", "Bundle.entry[0]", "a message begins with its MessageHeader");
  Plan out;
  out.shape = Plan::Shape::kMessage;
  if (header->Find("response") != nullptr)
    return Refused(422, "not-supported", "Bundle.entry[0].resource.response",
                   "this is an answer to a message; none was sent from here");
  // Many senders name the header by the entry's fullUrl alone.
  out.header_id = header->Text("id");
  const std::string& full_url = entries[0].Text("fullUrl");
  if (out.header_id.empty() && full_url.substr(0, 9) == "urn:uuid:")
    out.header_id = full_url.substr(9);
  if (!IsFhirId(out.header_id))
    return Refused(422, "required", "Bundle.entry[0].resource.id",
                   "a message without an id cannot be answered");
  for (const char* name : {"eventCoding", "eventUri"}) {
    const Json* event = header->Find(name);
    if (event == nullptr) continue;
    out.event = Quoted(name) + ":";
    AppendJson(*event, out.event);
  }
  if (out.event.empty())
    return Refused(422, "required", "Bundle.entry[0].resource.event", "expected in every message");
  for (size_t i = 1; i < entries.size(); ++i) {
    const Json* resource = entries[i].Find("resource");
    if (resource == nullptr) continue;
    const std::string& type = resource->Text("resourceType");
    if (!IsR4Type(type))
      return Refused(400, "value", At(i, ".resource.resourceType"), "no resource type of FHIR R4");
    if (!IsRead(type, mapped)) {
      if (!IsSupporting(type)) out.entries.push_back(NotRead(type, true));
      continue;
    }
    Entry entry = EntryOf(*resource, true);
    for (Issue& issue : entry.issues)
      issue.expression = At(i, ".resource (" + issue.expression + ")");
    if (entry.refused != 0)
      KeepRefused(entries[i], entry, parts, out.refused);
    else
      entry.message = parts.Message(*resource);
    if (parts.TooCostly()) return TooCostly();
    out.entries.push_back(std::move(entry));
  }
  return WholeOrRefused(std::move(out));
}

}  // namespace

std::string MessageOf(const Json& resource) {
  std::string out;
  AppendJson(resource, out);
  return out;
}

RefusedBody RefusedTogether(const Entry& entry, int status) {
  return {std::string(kRefusedPrefix) + "together",
          entry.type + " came in a Bundle that was refused whole (answered " +
              std::to_string(status) + ")",
          entry.message, entry.telling};
}

Entry EntryOf(const Json& resource, bool put) {
  Entry out;
  out.type = resource.Text("resourceType");
  out.put = put;
  out.issues = CheckResource(resource);
  if (!out.issues.empty()) {
    out.refused = 422;
    return out;
  }
  out.id = resource.Text("id");
  out.telling = TellingOf(resource);
  const Json* meta = resource.Find("meta");
  if (meta != nullptr) out.version = meta->Text("versionId");
  return out;
}

Plan ReadBundle(Json& bundle, const std::vector<std::string>& mapped) {
  const std::string type = bundle.Text("type");
  if (type != "transaction" && type != "batch" && type != "message")
    return Refused(type.empty() ? 400 : 422, type.empty() ? "required" : "code-invalid",
                   "Bundle.type", "transaction, batch and message are taken here");
  Json* list = bundle.Find("entry");
  if (list == nullptr || !list->is_array() || list->items.empty())
    return Refused(422, "required", "Bundle.entry", "expected at least one entry");
  if (list->items.size() > kMaxEntries)
    return Refused(413, "too-long", "Bundle.entry",
                   "more than " + std::to_string(kMaxEntries) + " entries; send several Bundles");
  for (Json& entry : list->items)
    if (Json* resource = entry.Find("resource")) DropAnswers(*resource);
  if (type == "message") return ReadMessageBundle(bundle, list->items, mapped);
  Plan out;
  out.shape = type == "batch" ? Plan::Shape::kBatch : Plan::Shape::kTransaction;
  Bundle parts(bundle);
  for (size_t i = 0; i < list->items.size(); ++i) {
    out.entries.push_back(ReadEntry(list->items[i], i, parts, mapped));
    if (out.entries.back().refused != 0)
      KeepRefused(list->items[i], out.entries.back(), parts, out.refused);
    if (parts.TooCostly()) return TooCostly();
  }
  return out.shape == Plan::Shape::kBatch ? out : WholeOrRefused(std::move(out));
}

}  // namespace sam::fhir
