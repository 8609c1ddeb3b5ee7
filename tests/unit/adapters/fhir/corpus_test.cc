// Public FHIR samples of other makers, when the folder is there: what becomes of each file through the
// mapping for child health: the events, or that it is of no interest, or the reason in words that a person
// can act on.
#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "adapters/fhir/exchange.h"
#include "adapters/fhir/fate.h"
#include "adapters/fhir/fhir_decoder.h"
#include "tests/unit/adapters/fhir/fhir_rig.h"

namespace sam::fhir::test {
namespace {

std::string CorpusFolder() { return std::string(SAM_SOURCE) + "/../shared/corpus/fhir"; }

// A file as its sender would bring it: a Bundle to the base, a resource to its type.
edge::HttpRequest PostOf(const std::string& bytes) {
  const Result<Json> json = ParseJson(bytes);
  const std::string type = json.ok() ? json->Text("resourceType") : "";
  edge::HttpRequest out;
  out.method = "POST";
  out.path = type == "Bundle" || type.empty() ? "/fhir" : "/fhir/" + type;
  out.body = bytes;
  out.headers = {{"content-type", "application/fhir+json"}};
  return out;
}

// The words of each OperationOutcome in an answer, with their places; the same ones once.
void Words(const Json& value, std::vector<std::string>& out) {
  if (value.Text("resourceType") == "OperationOutcome") {
    for (const Json& issue : value.Find("issue")->items) {
      const Json* at = issue.Find("expression");
      const std::string words =
          (at == nullptr ? "" : TextOf(at->items[0]) + " ") + issue.Text("diagnostics");
      if (std::find(out.begin(), out.end(), words) == out.end()) out.push_back(words);
    }
    return;
  }
  for (const JsonMember& member : value.members) Words(member.value, out);
  for (const Json& item : value.items) Words(item, out);
}

// What became of a file: the answer's status, how each message of it went, and why.
std::string Send(FhirRig& rig, const std::string& bytes) {
  const Exchange exchange("/fhir", TypesRead(*rig.mapping));
  const Plan plan = exchange.Read(PostOf(bytes));
  std::vector<Fate> fates;
  std::string line;
  for (const Entry& entry : plan.entries) {
    fates.emplace_back();
    if (entry.message.empty()) continue;
    const kit::Verdict verdict = rig.Take(entry.message);
    fates.back() = FateOf(verdict, entry);
    line += std::string(" ") + kit::VerdictName(verdict.kind);
    for (const kit::MappedEvent& event : verdict.events) line += "+" + event.type->name;
    if (!verdict.reason.empty()) line += ":" + verdict.reason;
    if (plan.shape == Plan::Shape::kMessage && !verdict.detail.empty())
      line += " (" + verdict.detail + ")";  // its answer says only that all of it is kept
  }
  const edge::HttpResponse answer = exchange.Answer(plan, fates);
  line = std::to_string(answer.status) + line;
  const Result<Json> body = ParseJson(answer.body);
  std::vector<std::string> words;
  if (body.ok()) Words(*body, words);
  for (const std::string& one : words) line += "\n   " + one;
  return line;
}

// By the number of the file: most are of types that no mapping reads; 04 to 50 are read and say nothing
// that child health tells; 01, 38 and 40 are kept for a person; 27, 28, 29, 33 and 34 break rules of
// R4 or ask for what is not offered; 30 and 44 are cut or mistyped JSON; 43 and 53 to 60 are lists.
constexpr const char* kExpected = R"(01 202 quarantined:missing-field
   Appointment received and kept for a person to look at (missing-field): header.subject.ids: nothing at subject->Patient.identifier ...
02 404 no such type
03 404 no such type
04 200 nothing_to_tell not of interest
05 404 no such type
06 404 no such type
07 200 nothing_to_tell not of interest
08 200 nothing_to_tell not of interest
09 404 no such type
10 404 no such type
11 404 no such type
12 404 no such type
13 404 no such type
14 200 nothing_to_tell not of interest
15 404 no such type
16 404 no such type
17 200 not_wanted not of interest
18 404 no such type
19 404 no such type
20 404 no such type
21 200 not_wanted not of interest
22 404 no such type
23 200 nothing_to_tell not of interest
24 200 nothing_to_tell not of interest
25 200 nothing_to_tell not of interest
26 404 no such type
27 405
   Bundle.entry[5].request.method POST and PUT are taken here
   Bundle.entry[6].request.method POST and PUT are taken here
   Bundle.entry[8].request.method POST and PUT are taken here
   Bundle.entry[9].request.method POST and PUT are taken here
28 422 no such Bundle
29 400 no such Bundle
30 400
   the document: line 39, column 26: not JSON
31 200 nothing_to_tell not of interest
32 200
   used for what refers to it; not kept by itself
33 422
   Observation.text expected an object
34 422
   Observation.status no status that Observation has in R4
   Observation.code expected in every Observation
35 200 nothing_to_tell not of interest
36 400
   expected a Bundle here, or the type in the URL
37 404 no such type
38 200 quarantined:missing-field (appointmentId: nothing at id)
39 200 nothing_to_tell not_wanted nothing_to_tell nothing_to_tell nothing_to_tell
40 200 quarantined:missing-field (header.subject.ids: nothing at subject->Patient.identifier ...)
41 200 nothing_to_tell not of interest
42 422
   Appointment.participant expected in every Appointment
43 422 no such Bundle
44 400
   the document: line 13, column 2: not JSON
45 404 no such type
46 200 nothing_to_tell not of interest
47 200 nothing_to_tell not of interest
48 200 nothing_to_tell not of interest
50 200 not_wanted not of interest
51 200 not_wanted nothing_to_tell
   used for what refers to it; not kept by itself not of interest
52 404 no such type
53 422 no such Bundle
54 422 no such Bundle
55 422 no such Bundle
56 422 no such Bundle
57 422 no such Bundle
58 422 no such Bundle
59 422 no such Bundle
60 422 no such Bundle
)";

// What many files are told, and where it is sought for who a resource is about, in few words.
const std::pair<std::string, std::string> kShort[] = {
    {"\n   no resource type taken here; see metadata\n", " no such type\n"},
    {"\n   received; nothing in it is of interest here and it is not kept\n", " not of interest\n"},
    {"\n   Bundle.type transaction, batch and message are taken here\n", " no such Bundle\n"},
    {" or patient->Patient.identifier or for->Patient.identifier or participant.actor->Patient.identifier"
     " or subject.identifier or patient.identifier or for.identifier"
     " or participant.actor(is=Patient).identifier", " ..."}};

std::string Shortened(std::string line) {
  for (const auto& [words, name] : kShort) {
    const size_t at = line.find(words);
    if (at != std::string::npos) line.replace(at, words.size(), name);
  }
  return line;
}

TEST(FhirCorpus, EachFileBecomesTheRightEventOrAnAnswerOrAReason) {
  const std::vector<std::string> files = JsonFiles(CorpusFolder());
  if (files.empty()) GTEST_SKIP() << "no corpus at " << CorpusFolder();
  std::string became;
  for (const std::string& file : files) {
    FhirRig rig;
    ASSERT_NE(rig.mapping, nullptr);
    const std::string number = file.substr(file.rfind('/') + 1, 2);
    became += Shortened(number + " " + Send(rig, ReadFileText(file)) + "\n");
  }
  EXPECT_EQ(became, kExpected);
}

}  // namespace
}  // namespace sam::fhir::test
