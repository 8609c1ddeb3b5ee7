#include "adapters/maptool/sample_run.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "adapters/kit/file_beside.h"
#include "broker/base/whole_file.h"

namespace sam::maptool {
namespace {

namespace fs = std::filesystem;

// Files of a folder by name, or the file itself.
Result<std::vector<std::string>> Expand(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> out;
  fs::directory_iterator at(path, error);
  for (const fs::directory_iterator end; !error && at != end; at.increment(error)) {
    std::error_code kind;
    if (at->is_regular_file(kind)) out.push_back(at->path().string());
  }
  if (error) return NotFound("cannot read the folder " + path + ": " + error.message());
  if (out.empty()) return NotFound("no files in the folder " + path);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Result<std::unique_ptr<SampleRun>> SampleRun::Open(const kit::AdapterConfig& config,
                                                   const std::string& mapping_file,
                                                   const kit::SourceKinds& kinds,
                                                   const Clock& clock) {
  std::unique_ptr<SampleRun> out(new SampleRun());
  out->clock_ = &clock;
  SAM_ASSIGN(out->mapping_, kit::Mapping::Load(mapping_file, kinds));
  SAM_TRY(kit::CheckCarries(kinds, config, *out->mapping_));
  SAM_ASSIGN(out->store_,
             kit::AdapterStore::Open(out->memory_, SecretKey::Random(), clock, config.keep));
  SAM_ASSIGN(out->decoder_,
             kit::MakeDecoder(kinds, config, *out->mapping_, clock, Random::FromKernel()));
  out->pipeline_.emplace(kit::Pipeline::Make(config, *out->mapping_, *out->decoder_, *out->store_,
                                             clock, Random::FromKernel()));
  return out;
}

Result<std::vector<std::string>> SampleRun::Messages(const std::string& file) {
  SAM_ASSIGN(std::string bytes, ReadWholeFile(file));
  SAM_ASSIGN(std::vector<std::string> parts, decoder_->Sample(file, std::move(bytes)));
  const std::vector<kit::Irregularity> irregular = decoder_->Irregular();
  if (parts.empty() && !irregular.empty()) {  // refused at the door: shown as what it is
    SAM_ASSIGN(bytes, ReadWholeFile(file));
    parts.push_back(std::move(bytes));
  }
  std::vector<std::string> out;
  for (std::string& part : parts)
    for (std::string& message : decoder_->Split(std::move(part))) out.push_back(std::move(message));
  return out;
}

Result<std::vector<Sample>> SampleRun::Read(const std::vector<std::string>& files) {
  std::vector<Sample> out;
  for (const std::string& path : files) {
    SAM_ASSIGN(const std::vector<std::string> expanded, Expand(path));
    for (const std::string& file : expanded) {
      SAM_ASSIGN(std::vector<std::string> messages, Messages(file));
      const bool one = messages.size() == 1;
      const std::string folder = fs::path(file).parent_path().string();
      for (size_t i = 0; i < messages.size(); ++i)
        out.push_back(
            {one ? file : file + " message " + std::to_string(i + 1), std::move(messages[i]),
             false, folder.empty() ? "." : folder});
    }
  }
  return out;
}

Result<kit::Verdict> SampleRun::Take(const Sample& sample, kit::MapTrace* trace) {
  if (trace != nullptr) {
    const bool with_places = trace->with_places;
    *trace = kit::MapTrace();
    trace->with_places = with_places;
  }
  pipeline_->SetTrace(trace);
  pipeline_->SetKept(sample.kept);
  kit::FileBeside files;
  if (!sample.folder.empty())
    files = [rules = kit::BesideRules{sample.folder, 0}, clock = clock_](
                const std::string& name, const std::string&) {
      return kit::ReadBeside(rules, *clock, name);
    };
  pipeline_->SetFiles(std::move(files));
  SAM_TRY(pipeline_->Begin());
  SAM_ASSIGN(kit::Verdict verdict, pipeline_->Take(sample.bytes, "file"));
  SAM_TRY(pipeline_->Commit());
  pipeline_->SetTrace(nullptr);
  return verdict;
}

bool IsBad(const kit::Verdict& verdict) {
  using Kind = kit::Verdict::Kind;
  return verdict.kind == Kind::kQuarantined || verdict.kind == Kind::kRefused ||
         verdict.kind == Kind::kConflict || verdict.kind == Kind::kSilent;
}

}  // namespace sam::maptool
