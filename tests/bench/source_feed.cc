#include "tests/bench/source_feed.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "broker/base/calendar.h"
#include "broker/base/random.h"

namespace sam::bench {
namespace {

namespace fs = std::filesystem;

void ReplaceAll(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

constexpr size_t kDays = 701;  // a prime: a sample meets its own day again only after all messages

std::string DayBefore(size_t days) {
  const CalendarDay day = DayOf(DayNumber({2026, 3, 2}) - static_cast<int64_t>(days % kDays));
  char text[16];
  std::snprintf(text, sizeof(text), "%04d-%02d-%02d", day.year, day.month, day.day);
  return text;
}

// Another message id and another appointment; of a row, which is known by its content, another day.
void MakeFresh(std::string& message, size_t number) {
  const std::string n = std::to_string(number);
  if (message.rfind("MSH|", 0) == 0) {
    size_t at = 0;
    for (int field = 1; field < 10 && at != std::string::npos; ++field)
      at = message.find('|', at + (field > 1 ? 1 : 0));
    if (at == std::string::npos) return;
    const size_t end = message.find('|', at + 1);
    message.replace(at + 1, end - at - 1, "N" + n);
    ReplaceAll(message, "|A-77^", "|A-" + n + "^");
    ReplaceAll(message, "|F-77^", "|F-" + n + "^");
  } else if (message.rfind("#csv ", 0) == 0) {
    const size_t at = message.find("line=") + 5;
    message.replace(at, message.find(' ', at) - at, n);
    ReplaceAll(message, ";B-", ";B-" + n + "-");
    ReplaceAll(message, ";2026-03-02;", ";" + DayBefore(number) + ";");
  }
}

std::vector<std::string> Expand(const std::string& path) {
  if (!fs::is_directory(path)) return {path};
  std::vector<std::string> out;
  for (const fs::directory_entry& file : fs::directory_iterator(path))
    if (file.path().extension() != ".md") out.push_back(file.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Result<std::unique_ptr<SourceFeed>> SourceFeed::Open(const std::string& source,
                                                     const std::string& config,
                                                     const kit::SourceKinds& kinds,
                                                     const Clock& clock) {
  SAM_ASSIGN(kit::AdapterConfig read,
             kit::AdapterConfig::Load(source + "/deploy/config/demo/" + config, kinds));
  std::unique_ptr<SourceFeed> out(new SourceFeed(std::move(read)));
  out->source_ = source;
  SAM_ASSIGN(out->mapping_, kit::Mapping::Load(out->config_.mapping_file, kinds));
  SAM_ASSIGN(out->decoder_, kit::MakeDecoder(kinds, out->config_, *out->mapping_, clock,
                                             Random::FromKernel()));
  out->mapper_.emplace(*out->mapping_, clock, Random::FromKernel());
  return out;
}

Result<std::vector<std::string>> SourceFeed::Messages(const std::vector<std::string>& files,
                                                      size_t count) {
  std::vector<std::string> samples;
  for (const std::string& path : files) {
    for (const std::string& file : Expand(source_ + "/" + path)) {
      std::ifstream in(file, std::ios::binary);
      std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      Result<std::vector<std::string>> parts = decoder_->Sample(file, std::move(bytes));
      if (!parts.ok()) continue;  // a sample that shows how a file is refused
      for (std::string& part : *parts)
        for (std::string& message : decoder_->Split(std::move(part)))
          if (DecodeAndMap(message) > 0) samples.push_back(std::move(message));
    }
  }
  if (samples.empty()) return NotFound("no sample of " + mapping_->id() + " makes an event");
  std::vector<std::string> out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back(samples[i % samples.size()]);
    MakeFresh(out.back(), i + 1);
  }
  return out;
}

bool SourceFeed::Decode(const std::string& bytes) {
  const Result<kit::Decoded> decoded = decoder_->Decode(bytes, "bench");
  return decoded.ok() && decoded->what == kit::Decoded::What::kMessage;
}

int SourceFeed::DecodeAndMap(const std::string& bytes) {
  Result<kit::Decoded> decoded = decoder_->Decode(bytes, "bench");
  if (!decoded.ok() || decoded->what != kit::Decoded::What::kMessage) return -1;
  const kit::SourceIdentity identity = kit::Merge(mapping_->defaults(), decoded->identity);
  kit::MapContext context;
  context.source = &identity;
  context.message_id = decoded->message_id;
  context.test = true;
  context.earlier = [](const std::string&, const std::string&) { return std::nullopt; };
  const kit::Mapped mapped = mapper_->Map(*decoded->record, context);
  return mapped.problem ? -1 : static_cast<int>(mapped.events.size());
}

}  // namespace sam::bench
