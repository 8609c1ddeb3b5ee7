// No letter of a text is changed on its way from a resource into an event: each text of the event is
// found as it stands in the file. The shipped samples hold the letters of Swedish; the public samples
// of other makers, when their folder is there, go through a mapping that reads whatever they say.
#include <capnp/dynamic.h>
#include <gmock/gmock.h>

#include <map>

#include "adapters/fhir/exchange.h"
#include "tests/unit/adapters/fhir/fhir_rig.h"

namespace sam::fhir::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// The texts of JSON as a reader sees them, by a way of its own: \n, \" and \u00e5 undone, all other
// bytes as they stand. Codes above U+FFFF come as two.
void AppendUtf8(unsigned code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 63));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 63));
    out += static_cast<char>(0x80 | ((code >> 6) & 63));
    out += static_cast<char>(0x80 | (code & 63));
  }
}

std::string Undone(const std::string& bytes) {
  static const std::map<char, char> kLetters = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'},
                                              {'b', '\b'}, {'f', '\f'}};
  const auto unit = [&](size_t at) {
    return static_cast<unsigned>(std::stoul(bytes.substr(at, 4), nullptr, 16));
  };
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != '\\') {
      out += bytes[i];
    } else if (bytes[++i] != 'u') {
      out += kLetters.contains(bytes[i]) ? kLetters.at(bytes[i]) : bytes[i];
    } else {
      unsigned code = unit(i + 1);
      i += 4;
      if (code >= 0xd800 && code < 0xdc00) {
        code = 0x10000 + ((code - 0xd800) << 10) + (unit(i + 3) - 0xdc00);
        i += 6;
      }
      AppendUtf8(code, out);
    }
  }
  return out;
}

struct Text {
  std::string path;
  std::string value;
};

void Gather(const capnp::DynamicValue::Reader& value, const std::string& path,
            std::vector<Text>& out) {
  if (value.getType() == capnp::DynamicValue::TEXT) {
    if (value.as<capnp::Text>().size() > 0) out.push_back({path, value.as<capnp::Text>().cStr()});
  } else if (value.getType() == capnp::DynamicValue::LIST) {
    for (const auto item : value.as<capnp::DynamicList>()) Gather(item, path, out);
  } else if (value.getType() == capnp::DynamicValue::STRUCT) {
    const auto fields = value.as<capnp::DynamicStruct>();
    for (const auto field : fields.getSchema().getFields())
      if (fields.has(field))
        Gather(fields.get(field), path + "." + field.getProto().getName().cStr(), out);
  }
}

std::vector<Text> TextsOfReport(const std::string& event) {
  std::vector<Text> out;
  const Status read = wire::Read<schema::Event>(event, [&](schema::Event::Reader reader) -> Status {
    if (reader.getBody().isReportSigned())
      Gather(capnp::DynamicStruct::Reader(reader.getBody().getReportSigned()), "", out);
    return Ok();
  });
  EXPECT_TRUE(read.ok());
  return out;
}

// Not as they stand: what a table or constant of the mapping sets in the place of a code.
bool IsSet(const Text& text) {
  return text.path == ".signerFunction" || text.value == "-" ||
         text.path.find(".ids.") != std::string::npos;
}

// As a whole; a name or an address, put together of several texts, by its parts. `all`: what was found.
size_t ExpectFound(const std::string& event, const std::string& bytes, const std::string& file,
                   std::string& all) {
  const std::string seen = Undone(bytes);
  size_t found = 0;
  for (const Text& text : TextsOfReport(event)) {
    EXPECT_THAT(text.value, Not(HasSubstr("\xef\xbf\xbd"))) << file << text.path;
    if (IsSet(text)) continue;
    ++found;
    all += text.value + "\n";
    if (seen.find(text.value) != std::string::npos) continue;
    std::string part;
    for (const char c : text.value + " ") {
      const bool between = c == ' ' || c == '\n' || c == ',';
      if (!between) {
        part += c;
      } else if (!part.empty()) {
        EXPECT_THAT(seen, HasSubstr(part)) << file << text.path;
        part.clear();
      }
    }
  }
  return found;
}

std::vector<std::string> EventsOf(FhirRig& rig, const std::string& method, const std::string& path,
                                  const std::string& bytes) {
  edge::HttpRequest request;
  request.method = method;
  request.path = path;
  request.body = bytes;
  request.headers = {{"content-type", "application/fhir+json"}};
  for (const Entry& entry : Exchange("", {}).Read(request).entries)
    if (!entry.message.empty()) rig.Take(entry.message);
  return rig.Outbox();
}

TEST(FhirTexts, WhatASignedReportSaysStandsInTheEventLetterByLetter) {
  size_t reports = 0;
  std::string all;
  for (const std::string& file :
       JsonFiles(std::string(SAM_SOURCE) + "/adapters/bvc/samples/fhir")) {
    if (file.find("report_signed") == std::string::npos) continue;
    FhirRig rig;
    const std::string bytes = ReadFileText(file);
    for (const std::string& event : EventsOf(rig, "POST", "/Communication", bytes)) {
      ++reports;
      EXPECT_GE(ExpectFound(event, bytes, file, all), 5U) << file;
    }
  }
  EXPECT_THAT(all, HasSubstr("sjuksköterska"));
  EXPECT_THAT(all, HasSubstr("Bollnäs"));
  EXPECT_GE(reports, 3U);
}

// Reads what other makers' resources say, whatever their type, as the text of a report.
constexpr const char* kReadsAll = R"(
[mapping]
id = "reads-all"
version = "1"
format = "fhir"
[defaults]
zone = "Europe/Stockholm"
regime = "public"
[header]
"occurredAt" = { from_any = ["sent", "meta.lastUpdated"], as = "time", default = "2026-03-02T10:00:00Z" }
)";

// One rule for each type and status: the texts stand at the same places in most.
std::string ReadsAll() {
  std::string out = kReadsAll;
  for (const std::string& type : ResourceTypes()) {
    std::string when;
    for (const std::string& status : FindResourceRule(type)->statuses)
      when += (when.empty() ? "\"" : ", \"") + type + ":" + status + "\"";
    out += "[[event]]\nname = \"" + type + "\"\ntype = \"report.signed\"\nwhen = [" + when + "]\n";
    out += R"([event.body]
"signerName" = { const = "-" }
"signerRole" = { const = "-" }
"signerFunction" = { const = "-" }
"signedAt" = { from_any = ["sent", "meta.lastUpdated"], as = "time", default = "2026-03-02T10:00:00Z" }
"acute" = { const = "false" }
"concern" = { from_any = ["text.div", "payload.contentString", "description", "code.text", "id"], join = "\n" }
"observed" = { from_any = ["comment", "note.text", "code.coding.display", "category.coding.display"], join = "\n" }
"injuries" = { from_any = ["subject.display", "patient.display", "participant.actor.display"], join = "\n" }
"childName" = { from_any = ["subject->Patient.name", "patient->Patient.name"], as = "name" }
"childAddress" = { from_all = ["about->RelatedPerson.address.line", "about->RelatedPerson.address.city"], join = ", " }
"relationToChild" = { from = "about->RelatedPerson.name.family" }
"effectOnChild" = { from = "about->RelatedPerson.name.given", join = " " }
)";
  }
  return out;
}

TEST(FhirTexts, WhatOtherMakersWriteStandsInTheEventLetterByLetter) {
  const std::string folder = std::string(SAM_SOURCE) + "/../shared/corpus/fhir";
  const std::vector<std::string> files = JsonFiles(folder);
  if (files.empty()) GTEST_SKIP() << "no corpus at " << folder;
  size_t texts = 0;
  std::string all;
  std::map<std::string, size_t> events;
  for (const std::string& file : files) {
    FhirRig rig;
    rig.ParseMapping(ReadsAll());
    rig.OpenPipeline();
    std::string bytes = ReadFileText(file);
    const std::string name = file.substr(file.rfind('/') + 1);
    const Result<Json> json = ParseJson(bytes);
    std::string type = json.ok() ? json->Text("resourceType") : "";
    if (IsSupporting(type)) {  // it comes along with what refers to it
      bytes = R"({"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST",)"
              R"("url":"Communication"},"resource":{"resourceType":"Communication","id":"c1",)"
              R"("status":"completed","about":[{"reference":"urn:uuid:1"}],"subject":{"reference":"urn:uuid:1"}}},)"
              R"({"fullUrl":"urn:uuid:1","request":{"method":"POST","url":")" + type +
              R"("},"resource":)" + bytes.substr(bytes.find('{')) + "}]}";
      type = "Bundle";
    }
    for (const std::string& event : EventsOf(rig, "POST", type == "Bundle" ? "/" : "/" + type, bytes)) {
      texts += ExpectFound(event, bytes, name, all);
      ++events[name.substr(0, 2)];
    }
  }
  EXPECT_GE(events.size(), 15U);
  EXPECT_GE(texts, 30U);
  EXPECT_THAT(all, HasSubstr("Bénédicte"));
  EXPECT_THAT(all, HasSubstr("Place du Marché Sainte Catherine"));
}

}  // namespace
}  // namespace sam::fhir::test
