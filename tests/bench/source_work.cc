#include "tests/bench/source_work.h"

#include <simdjson.h>

#include <cstring>
#include <memory>
#include <utility>

#include "adapters/kit/pipeline.h"
#include "tests/bench/source_feed.h"

namespace sam::bench {
namespace {

constexpr size_t kMessages = 2000;
constexpr size_t kGroup = 500;

// Takes everything and has nothing: what is left is the work before the disk.
class ForgetfulStore final : public Store {
 public:
  Status Apply(const Batch&, Durability) override { return Ok(); }
  Status Sync() override { return Ok(); }
  Result<std::optional<std::string>> Get(Space, std::string_view) const override {
    return std::optional<std::string>();
  }
  Status Scan(Space, std::string_view, std::string_view, const Visitor&) const override {
    return Ok();
  }
  Status ScanBack(Space, std::string_view, std::string_view, const Visitor&) const override {
    return Ok();
  }
  Status Checkpoint(const std::string&) override { return Ok(); }
};

// A plain pass over the bytes that finds each end.
size_t Ends(std::string_view bytes, char end) {
  size_t count = 0;
  const char* at = bytes.data();
  const char* const stop = at + bytes.size();
  while (at < stop) {
    const void* found = std::memchr(at, end, static_cast<size_t>(stop - at));
    if (found == nullptr) break;
    ++count;
    at = static_cast<const char*>(found) + 1;
  }
  return count;
}

Work LimitOf(const WorkPlan& plan, const std::vector<std::string>& messages) {
  if (plan.limit == WorkPlan::Limit::kMemchr)
    return [&messages, end = plan.end](size_t i) { return Ends(messages[i], end) > 0; };
  auto texts = std::make_shared<std::vector<simdjson::padded_string>>();
  for (const std::string& message : messages) texts->emplace_back(message);
  auto parser = std::make_shared<simdjson::dom::parser>();
  return [texts, parser](size_t i) {
    return parser->parse((*texts)[i]).error() == simdjson::SUCCESS;
  };
}

// What the source sent: a row's message carries the header of its file, which was sent once.
size_t OwnBytes(const std::string& message) {
  if (message.rfind("#csv ", 0) != 0) return message.size();
  return message.size() - message.find('\n', message.find('\n') + 1) - 1;
}

}  // namespace

const std::vector<WorkPlan>& WorkPlans() {
  using Limit = WorkPlan::Limit;
  const std::string bvc = "tests/fixtures/bvc/";
  static const std::vector<WorkPlan> plans = {
      {"HL7 v2 SIU", "adapter-bvc.toml",
       {bvc + "siu_s12_booked.hl7", bvc + "siu_s13_rebooked.hl7", bvc + "siu_s14_modified.hl7",
        bvc + "siu_s14_complete_clinic.hl7", bvc + "siu_s15_cancelled.hl7",
        bvc + "siu_s26_missed.hl7"},
       Limit::kMemchr, '\r', true},
      {"HL7 v2 all", "adapter-bvc.toml", {bvc}, Limit::kMemchr, '\r', false},
      {"CSV", "adapter-dental.toml",
       {"tests/fixtures/dental/ftv_dygn_20260302.csv", "tests/fixtures/dental/ftv_ub_20260302.csv"},
       Limit::kMemchr, '\n', true},
      {"XML", "adapter-dental-xml.toml", {"adapters/dental/samples/xml"}, Limit::kMemchr, '>',
       false},
      {"FHIR", "adapter-fhir.toml", {"adapters/bvc/samples/fhir"}, Limit::kJson, 0, false},
      {"REST", "adapter-social.toml", {"adapters/social/samples/lifecare"}, Limit::kJson, 0,
       false}};
  return plans;
}

Result<std::vector<SourceRow>> WorkRows(const WorkPlan& plan, const std::string& source,
                                        const kit::SourceKinds& kinds, const Clock& clock,
                                        double seconds, const Wanted& wanted) {
  SAM_ASSIGN(const std::unique_ptr<SourceFeed> feed,
             SourceFeed::Open(source, plan.config, kinds, clock));
  SAM_ASSIGN(const std::vector<std::string> messages, feed->Messages(plan.samples, kMessages));
  std::vector<size_t> sizes;
  sizes.reserve(messages.size());
  for (const std::string& message : messages) sizes.push_back(OwnBytes(message));
  const bool json = plan.limit == WorkPlan::Limit::kJson;
  const std::string limit_name = json ? "simdjson parse" : "memchr pass";
  const Work limit = LimitOf(plan, messages);
  const std::string name = plan.name;
  std::vector<SourceRow> out;
  const auto measure = [&](const char* what, const Work& work) {
    if (wanted(name + what))
      out.push_back(MeasureWork(name + what, limit_name, sizes, seconds, work, limit));
  };
  measure(" decode", [&](size_t i) { return feed->Decode(messages[i]); });
  measure(" decode+map", [&](size_t i) { return feed->DecodeAndMap(messages[i]) > 0; });
  if (!plan.to_rows) return out;
  ForgetfulStore nowhere;
  SAM_ASSIGN(const std::unique_ptr<kit::AdapterStore> store,
             kit::AdapterStore::Open(nowhere, SecretKey::Random(), clock, feed->config().keep));
  kit::Pipeline pipeline = kit::Pipeline::Make(feed->config(), feed->mapping(), feed->decoder(),
                                               *store, clock, Random::FromKernel());
  size_t in_group = 0;
  measure(" to sealed rows", [&](size_t i) {
    if (i == 0) in_group = 0;  // from the first message again: they must not meet themselves
    if (in_group == 0 && !pipeline.Begin().ok()) return false;
    const Result<kit::Verdict> verdict = pipeline.Take(messages[i], "bench");
    if (++in_group == kGroup) in_group = 0;
    if (in_group == 0 && !pipeline.Commit().ok()) return false;
    // Some facts of the samples are told once only, however often their row comes.
    return verdict.ok() && (verdict->kind == kit::Verdict::Kind::kTaken ||
                            verdict->kind == kit::Verdict::Kind::kNothing);
  });
  return out;
}

}  // namespace sam::bench
