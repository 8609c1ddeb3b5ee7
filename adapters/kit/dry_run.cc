#include "adapters/kit/dry_run.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <utility>

#include "adapters/hl7/mllp_framer.h"
#include "adapters/kit/dynamic.h"
#include "adapters/kit/memory_store.h"
#include "adapters/kit/pipeline.h"
#include "broker/contract/printer.h"
#include "broker/wire/codec.h"

namespace sam::kit {
namespace {

// A file holds one message, a batch, or a recorded stream with its frame bytes.
std::vector<std::string> MessagesIn(const std::string& bytes) {
  if (bytes.empty() || bytes[0] != hl7::kStartBlock) return {bytes};
  hl7::MllpFramer framer;
  framer.Feed(bytes);
  framer.FinishWaiting();
  std::vector<std::string> out;
  while (std::optional<hl7::FrameEvent> event = framer.Next())
    out.push_back(std::move(event->bytes));
  return out;
}

std::string Lines(std::string message) {
  std::replace(message.begin(), message.end(), '\r', '\n');
  return message;
}

void PrintVerdict(const Verdict& verdict, const DryRunOptions& options, std::ostream& out) {
  out << "  " << VerdictName(verdict.kind);
  if (!verdict.trigger.empty()) out << "  " << verdict.trigger;
  if (!verdict.reason.empty()) out << "  " << verdict.reason << ": " << verdict.detail;
  out << "\n";
  for (const MappedEvent& event : verdict.events) {
    out << "  event " << event.type->name << "  (rule " << event.rule << ")\n";
    contract::PrintOptions print;
    print.language = options.language;
    print.reveal = options.reveal;
    print.indent = 4;
    const Result<std::string> text = wire::Read<schema::Event>(
        event.bytes, [&](schema::Event::Reader reader) -> Result<std::string> {
          return contract::PrintEvent(reader, print);
        });
    out << (text.ok() ? *text : "    " + text.error().message + "\n");
  }
  for (const FieldNote& note : verdict.notes)
    out << "  note  " << note.rule << (note.field.empty() ? "" : "  " + note.field) << ": "
        << note.what << "\n";
  if (!verdict.ack.empty()) out << "  answer\n" << Lines(verdict.ack) << "\n";
}

}  // namespace

Result<DryRunReport> DryRun(const AdapterConfig& config, const std::vector<std::string>& files,
                            const Clock& clock, const DryRunOptions& options, std::ostream& out) {
  SAM_ASSIGN(const std::unique_ptr<Mapping> mapping, Mapping::Load(config.mapping_file));
  MemoryStore memory;
  SAM_ASSIGN(const std::unique_ptr<AdapterStore> store,
             AdapterStore::Open(memory, SecretKey::Random(), clock, config.keep));
  SAM_ASSIGN(Pipeline pipeline,
             Pipeline::Make(config, *mapping, *store, clock, Random::FromKernel()));
  DryRunReport report;
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return NotFound("cannot open " + file);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    out << file << "\n";
    for (std::string& message : MessagesIn(bytes)) {
      SAM_TRY(pipeline.Begin());
      SAM_ASSIGN(const std::vector<Verdict> verdicts,
                 pipeline.TakeFrame(std::move(message), "file"));
      SAM_TRY(pipeline.Commit());
      for (const Verdict& verdict : verdicts) {
        PrintVerdict(verdict, options, out);
        ++report.messages;
        report.events += verdict.events.size();
        report.bad += verdict.kind == Verdict::Kind::kQuarantined ||
                      verdict.kind == Verdict::Kind::kRefused ||
                      verdict.kind == Verdict::Kind::kConflict ||
                      verdict.kind == Verdict::Kind::kSilent;
      }
    }
  }
  out << report.messages << " messages, " << report.events << " events, " << report.bad
      << " would be put aside or refused\n";
  return report;
}

}  // namespace sam::kit
