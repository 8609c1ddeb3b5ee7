#include "adapters/kit/dry_run.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "adapters/kit/attachment_parts.h"
#include "adapters/kit/dry_run_json.h"
#include "adapters/kit/dynamic.h"
#include "adapters/kit/file_beside.h"
#include "adapters/kit/pipeline.h"
#include "broker/base/text.h"
#include "broker/base/whole_file.h"
#include "broker/contract/printer.h"
#include "broker/store/memory_store.h"
#include "broker/wire/codec.h"

namespace sam::kit {
namespace {

std::string Lines(std::string message) {
  std::replace(message.begin(), message.end(), '\r', '\n');
  return message;
}

bool IsBad(const Verdict& verdict) {
  return verdict.kind == Verdict::Kind::kQuarantined || verdict.kind == Verdict::Kind::kRefused ||
         verdict.kind == Verdict::Kind::kConflict || verdict.kind == Verdict::Kind::kSilent;
}

// What the hub says of each event that would be shipped; none when no hub is asked.
Result<std::vector<GateWord>> AskGate(const Verdict& verdict, const DryRunOptions& options) {
  std::vector<GateWord> out;
  if (!options.gate || IsBad(verdict)) return out;
  for (const MappedEvent& event : verdict.events) {
    SAM_ASSIGN(GateWord word, options.gate(event.bytes));
    out.push_back(std::move(word));
  }
  return out;
}

void PrintVerdict(const Verdict& verdict, const std::vector<GateWord>& gate,
                  const DryRunOptions& options, std::ostream& out) {
  const auto word = [&](const std::string& id) {
    return contract::Text("test." + id, options.language);
  };
  out << "  " << word(std::string("verdict.") + VerdictName(verdict.kind));
  if (!verdict.trigger.empty()) out << "  " << verdict.trigger;
  if (!verdict.reason.empty()) out << "  " << verdict.reason << ": " << verdict.detail;
  out << "\n";
  for (size_t i = 0; i < verdict.events.size(); ++i) {
    const MappedEvent& event = verdict.events[i];
    out << "  " << word("event") << " " << event.type->name << "  (" << word("rule") << " "
        << event.rule << ")\n";
    contract::PrintOptions print;
    print.language = options.language;
    print.reveal = options.reveal;
    print.indent = 4;
    const Result<std::string> text = wire::Read<schema::Event>(
        event.bytes, [&](schema::Event::Reader reader) -> Result<std::string> {
          return contract::PrintEvent(reader, print);
        });
    out << (text.ok() ? *text : "    " + text.error().message + "\n");
    for (const MappedFile& file : event.files)
      out << "    " << word("attachment") << " " << file.attachment + 1 << "  sha256 "
          << ToHex(file.digest.view()) << "  " << (file.media_type.empty() ? "-" : file.media_type)
          << "  " << file.size << " " << word("bytes") << "  " << PartsOf(file.size) << " "
          << word("parts") << "\n";
    if (i < gate.size()) out << gate[i].text;
  }
  for (const FieldNote& note : verdict.notes)
    out << "  " << word("note") << "  " << note.rule << (note.field.empty() ? "" : "  " + note.field) << ": "
        << note.what << "\n";
  if (!verdict.ack.empty()) out << "  " << word("answer") << "\n" << Lines(verdict.ack) << "\n";
}

Status Tell(const std::string& file, const Verdict& verdict, const DryRunOptions& options,
            DryRunReport& report, std::ostream& out) {
  SAM_ASSIGN(const std::vector<GateWord> gate, AskGate(verdict, options));
  const bool bad = IsBad(verdict) || std::any_of(gate.begin(), gate.end(), [](const GateWord& word) {
                     return word.refused;
                   });
  if (options.json) {
    std::vector<std::string> words;
    words.reserve(gate.size());
    for (const GateWord& word : gate) words.push_back(word.json);
    SAM_ASSIGN(const std::string line, DryRunJson(file, verdict, words, bad, options.reveal));
    out << line;
  } else {
    PrintVerdict(verdict, gate, options, out);
  }
  ++report.messages;
  report.events += verdict.events.size();
  report.bad += bad;
  return Ok();
}

void TellIrregular(const std::string& file, const std::vector<Irregularity>& found,
                   const DryRunOptions& options, DryRunReport& report, std::ostream& out) {
  for (const Irregularity& one : found) {
    if (options.json)
      out << DryRunJson(file, one);
    else
      out << "  "
          << contract::Text(one.refused ? "test.verdict.refused" : "test.irregular", options.language)
          << "  " << one.what << "\n";
    report.bad += one.refused;
  }
}

Result<std::vector<Verdict>> TakeOne(Pipeline& pipeline, std::string message) {
  SAM_TRY(pipeline.Begin());
  SAM_ASSIGN(std::vector<Verdict> out, pipeline.TakeAll(std::move(message), "file"));
  SAM_TRY(pipeline.Commit());
  return out;
}

// Messages that are taken together: one that is turned down is the end of all, and nothing is kept.
Result<std::vector<Verdict>> TakeWhole(Pipeline& pipeline, std::vector<std::string> messages) {
  std::vector<Verdict> out;
  SAM_TRY(pipeline.Begin());
  for (std::string& message : messages) {
    SAM_ASSIGN(Verdict verdict, pipeline.Take(std::move(message), "file"));
    out.push_back(std::move(verdict));
  }
  if (std::none_of(out.begin(), out.end(), TurnedDown))
    SAM_TRY(pipeline.Commit());
  else
    SAM_TRY(pipeline.Begin());
  return out;
}

void MarkNotWhole(std::vector<Verdict>& out) {
  const auto bad = std::find_if(out.begin(), out.end(), TurnedDown);
  if (bad == out.end()) return;
  const std::string number = std::to_string(bad - out.begin() + 1);
  for (Verdict& verdict : out) {
    if (TurnedDown(verdict)) continue;
    verdict.kind = Verdict::Kind::kRefused;
    verdict.reason = "not-whole";
    verdict.detail = "message " + number + " of " + std::to_string(out.size()) +
                     " is not taken, and these are taken all together or not at all";
    verdict.events.clear();
    verdict.answer.outcome = hl7::Outcome::kRejected;
  }
}

Result<std::vector<Verdict>> TakeAll(Pipeline& pipeline, std::vector<std::string> messages) {
  std::vector<Verdict> out;
  for (std::string& message : messages) {
    SAM_ASSIGN(std::vector<Verdict> verdicts, TakeOne(pipeline, std::move(message)));
    for (Verdict& verdict : verdicts) out.push_back(std::move(verdict));
  }
  return out;
}

// One sample as the live feed would take it.
Status RunSample(const std::string& file, Decoder& decoder, Pipeline& pipeline,
                 const DryRunOptions& options, DryRunReport& report, std::ostream& out) {
  SAM_ASSIGN(std::string bytes, ReadWholeFile(file));
  if (!options.json) out << file << "\n";
  SAM_ASSIGN(std::vector<std::string> messages, decoder.Sample(file, std::move(bytes)));
  TellIrregular(file, decoder.Irregular(), options, report, out);
  const bool whole = decoder.Whole();
  SAM_ASSIGN(std::vector<Verdict> verdicts, whole ? TakeWhole(pipeline, std::move(messages))
                                                  : TakeAll(pipeline, std::move(messages)));
  const std::string answer = decoder.AnswerToSample(verdicts);
  if (whole) MarkNotWhole(verdicts);
  for (const Verdict& verdict : verdicts) SAM_TRY(Tell(file, verdict, options, report, out));
  if (answer.empty()) return Ok();
  if (options.json)
    out << DryRunAnswerJson(file, answer);
  else
    out << "  " << contract::Text("test.answer", options.language) << "\n" << answer << "\n";
  return Ok();
}

}  // namespace

Result<DryRunReport> DryRun(const AdapterConfig& config, const std::vector<std::string>& files,
                            const SourceKinds& kinds, const Clock& clock,
                            const DryRunOptions& options, std::ostream& out) {
  SAM_ASSIGN(const std::unique_ptr<Mapping> mapping, Mapping::Load(config.mapping_file, kinds));
  MemoryStore memory;
  SAM_ASSIGN(const std::unique_ptr<AdapterStore> store,
             AdapterStore::Open(memory, SecretKey::Random(), clock, config.keep));
  SAM_ASSIGN(const std::unique_ptr<Decoder> decoder,
             MakeDecoder(kinds, config, *mapping, clock, Random::FromKernel()));
  Pipeline pipeline =
      Pipeline::Make(config, *mapping, *decoder, *store, clock, Random::FromKernel());
  DryRunReport report;
  for (const std::string& file : files) {
    // What a sample names lies beside the sample.
    const size_t slash = file.rfind('/');
    const BesideRules beside{slash == std::string::npos ? "." : file.substr(0, slash), 0};
    pipeline.SetFiles([&beside, &clock](const std::string& name, const std::string&) {
      return ReadBeside(beside, clock, name);
    });
    SAM_TRY(RunSample(file, *decoder, pipeline, options, report, out));
  }
  if (options.json)
    out << DryRunJson(report);
  else
    out << contract::Text("test.sum", options.language,
                          {{"messages", std::to_string(report.messages)},
                           {"events", std::to_string(report.events)},
                           {"bad", std::to_string(report.bad)}})
        << "\n";
  return report;
}

}  // namespace sam::kit
