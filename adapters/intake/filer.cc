#include "adapters/intake/filer.h"

#include <algorithm>
#include <utility>

#include "broker/base/log.h"

namespace sam::intake {
namespace {

using rest::HttpPull;
using Query = HttpPull::Query;

std::optional<size_t> FileIn(const Entry& entry, FileState state) {
  for (size_t i = 0; i < entry.files.size(); ++i)
    if (entry.files[i].state == state) return i;
  return std::nullopt;
}

std::optional<Doing> FileDoing(const Entry& entry) {
  if (entry.state != State::FILING) return std::nullopt;
  return FileIn(entry, FileState::POSTING) ? Doing::kListing : Doing::kFiling;
}

std::string AttachmentsOf(const Config& config, const Entry& entry) {
  std::string address = config.base.text;
  return address.append("/Actualisations/").append(entry.their_id).append("/Attachments");
}

}  // namespace

Result<std::unique_ptr<Filer>> Filer::Make(Book& book, Config config, const Clock& clock,
                                           Random random) {
  SAM_ASSIGN(auto pull, HttpPull::Make(config.http));
  if (config.files) SAM_TRY(book.HoldUnsentFiles());
  return std::make_unique<Filer>(book, std::move(config), std::move(pull), clock, random);
}

Filer::Filer(Book& book, Config config, std::unique_ptr<HttpPull> pull, const Clock& clock,
             Random random)
    : book_(book),
      config_(std::move(config)),
      clock_(clock),
      requests_(config_, std::move(pull), clock, random),
      turns_(requests_.turns()),
      sent_("samsignal_intake_files_total", "Files of reports sent to their intakes"),
      missing_("samsignal_intake_files_missing_total",
               "Files of reports that were not whole: their intakes say where to fetch them"),
      open_("samsignal_intake_filing", "Reports whose files are not all at their intakes") {
  // What was under way when we ended may still be under way over there.
  for (const auto& [number, entry] : book_.Pending()) {
    if (entry.state != State::FILING) continue;
    const auto file = FileIn(entry, FileState::POSTING);
    if (!file) continue;
    const int64_t age = clock_.Now().value - entry.files[*file].tried_at.value;
    turns_.Later(number, std::clamp<int64_t>(config_.settle_ms - age, 0, config_.settle_ms));
  }
}

Result<int> Filer::Step() {
  if (requests_.busy()) {
    const uint64_t before = pieces_;
    const auto answered = requests_.Step();
    if (!answered) return pieces_ == before ? 0 : 1;
    SAM_TRY(Take(*answered));
    return 1;
  }
  size_t open = 0;
  for (const auto& [number, entry] : book_.Pending())
    if (entry.state == State::FILING) ++open;
  open_.Set(static_cast<double>(open));
  if (open == 0) {
    turns_.ForgetAll();
    return 0;
  }
  const auto next = turns_.Next(book_.Pending(), &FileDoing);
  if (!next) return 0;
  SAM_TRY(Act(*next));
  return 1;
}

Status Filer::Act(Entry entry) {
  turns_.Begin(entry.number);
  if (!config_.files) {
    entry.state = State::DONE;
    return book_.Keep(entry);
  }
  if (const auto posting = FileIn(entry, FileState::POSTING)) {
    if (config_.look_up_files) return BeginList(entry);
    return Settle(std::move(entry), *posting, FileState::DOUBT);
  }
  SAM_ASSIGN(const std::vector<Listed> listed, book_.FilesOf(entry));
  SAM_ASSIGN(const auto ready, Ready(entry, listed));
  if (!ready) return Rest(std::move(entry));
  return BeginFile(std::move(entry), *ready, listed[*ready]);
}

Result<std::optional<size_t>> Filer::Ready(Entry& entry, const std::vector<Listed>& listed) {
  std::optional<Millis> received;
  for (size_t i = 0; i < std::min(entry.files.size(), listed.size()); ++i) {
    File& file = entry.files[i];
    if (file.state != FileState::WAITING) continue;
    if (file.missing || listed[i].arrival == Arrival::kComplete) return std::optional<size_t>(i);
    if (!received) {
      SAM_ASSIGN(const Delivered delivered, book_.SignalOf(entry));
      received = delivered.received_at;
    }
    const bool damaged = listed[i].arrival == Arrival::kDamaged;
    if (!damaged && clock_.Now().value - received->value < config_.file_wait_ms) continue;
    file.missing = true;
    SAM_TRY(book_.Keep(entry));
    missing_.Add();
    log::Warn("intake", "intake-file-missing",
              {{"signal", entry.signal}, {"number", i + 1}, {"why", damaged ? "damaged" : "late"}});
    return std::optional<size_t>(i);
  }
  return std::optional<size_t>();
}

Status Filer::Rest(Entry entry) {
  if (FileIn(entry, FileState::REFUSED) || FileIn(entry, FileState::DOUBT))
    return Hold(std::move(entry), Why::FILE);
  if (FileIn(entry, FileState::WAITING)) {
    turns_.Later(entry.number, kLookAgainMs);
    return Ok();
  }
  entry.state = State::DONE;
  turns_.Forget(entry.number);
  return book_.Keep(entry);
}

Status Filer::BeginFile(Entry entry, size_t file, const Listed& listed) {
  SAM_ASSIGN(const Delivered delivered, book_.SignalOf(entry));
  if (delivered.withdrawn) return Hold(std::move(entry), Why::WITHDRAWN_LATER);
  const auto told = Read(delivered.signal);
  if (!told.ok()) return Hold(std::move(entry), Why::UNREADABLE);
  const auto codes = config_.lists.Find(
      {told->code, told->acute, told->sender, told->receiver, told->municipality});
  if (!codes.ok()) return Hold(std::move(entry), Why::NO_CODE);
  const bool missing = entry.files[file].missing;
  const FileMark mark = MarkOf(entry.signal, file + 1, listed, missing);
  const auto next = [this, entry, file] { return NextPiece(entry, file); };
  const rest::Upload upload =
      missing ? MissingUpload(mark, file + 1, Reference(entry.signal), *told, *codes)
              : FileUpload(mark, listed, *told, *codes, next);
  next_piece_ = 0;
  broken_ = Ok();
  return requests_.Ask(Doing::kFiling, entry.number,
                       [&](HttpPull& pull, const Query& keys) -> Status {
    Entry posting = entry;
    posting.files[file].state = FileState::POSTING;
    posting.files[file].tried_at = clock_.Now();
    ++posting.files[file].attempts;
    SAM_TRY(book_.Keep(posting));
    const Status sent = pull.Post(AttachmentsOf(config_, entry), keys, upload);
    if (sent.ok()) return Ok();
    SAM_TRY(book_.Keep(entry));  // nothing left this machine
    requests_.Pause(Doing::kFiling, "unreachable", 0);
    return Ok();
  });
}

Result<std::string> Filer::NextPiece(const Entry& entry, size_t file) {
  ++pieces_;
  auto piece = book_.PartOf(entry, file, next_piece_++);
  if (!piece.ok()) broken_ = piece.error();
  return piece;
}

Status Filer::BeginList(const Entry& entry) {
  return requests_.Ask(Doing::kListing, entry.number, [&](HttpPull& pull, const Query& keys) {
    const Status sent = pull.Start(AttachmentsOf(config_, entry), keys);
    if (!sent.ok()) requests_.Pause(Doing::kListing, "unreachable", 0);
    return Ok();
  });
}

Status Filer::Take(const Requests::Answered& answered) {
  const auto found = book_.Pending().find(answered.entry);
  const auto file = found == book_.Pending().end()
                        ? std::nullopt
                        : FileIn(found->second, FileState::POSTING);
  if (!file) return Ok();  // a person ended it while the request was under way
  if (answered.doing == Doing::kListing) return TakeList(found->second, *file, answered.http);
  return TakeFile(found->second, *file, answered.http);
}

Status Filer::TakeFile(Entry entry, size_t index, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfOther(answer);
  File& file = entry.files[index];
  file.status = answer.status;
  // Should what follows not reach the disk: the file is at POSTING still, and looked up in time.
  turns_.Later(entry.number, std::max(config_.settle_ms, AskedMs(answer)));
  switch (verdict.meaning) {
    case Meaning::kDone:
      requests_.Done(Doing::kFiling);
      file.their_id = NumberIn(answer);
      return Settle(std::move(entry), index, FileState::SENT);
    case Meaning::kRefused: return Settle(std::move(entry), index, FileState::REFUSED);
    case Meaning::kLater:
      file.state = FileState::WAITING;
      --file.attempts;  // an outage is not this file's fault
      SAM_TRY(book_.Keep(entry));
      turns_.Begin(entry.number);
      return NotLetIn(std::move(entry), index, Doing::kFiling, verdict.what, answer,
                      FileState::REFUSED);
    case Meaning::kDoubt: break;
  }
  requests_.Failed();
  SAM_TRY(book_.Keep(entry));  // POSTING, with the answer that leaves the doubt
  log::Warn("intake", "intake-file-in-doubt", {{"signal", entry.signal}, {"number", index + 1}});
  return std::exchange(broken_, Ok());
}

Status Filer::TakeList(Entry entry, size_t index, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfOther(answer);
  if (verdict.meaning == Meaning::kRefused)  // it has no such list
    return Settle(std::move(entry), index, FileState::DOUBT);
  if (verdict.meaning != Meaning::kDone)
    return NotLetIn(std::move(entry), index, Doing::kListing, verdict.what, answer,
                    FileState::DOUBT);
  SAM_ASSIGN(const std::vector<Listed> listed, book_.FilesOf(entry));
  if (index >= listed.size()) return Settle(std::move(entry), index, FileState::DOUBT);
  File& file = entry.files[index];
  const FileMark mark = MarkOf(entry.signal, index + 1, listed[index], file.missing);
  const auto seen = SearchFile(answer.body, mark.name, mark.title);
  if (!seen.ok())
    return NotLetIn(std::move(entry), index, Doing::kListing, "unexpected", answer,
                    FileState::DOUBT);
  requests_.Done(Doing::kListing);
  if (*seen == Seen::kThere) return Settle(std::move(entry), index, FileState::SENT);
  if (*seen == Seen::kUnclear) return Settle(std::move(entry), index, FileState::DOUBT);
  if (file.attempts >= config_.attempts)
    return Settle(std::move(entry), index, FileState::REFUSED);
  file.state = FileState::WAITING;
  SAM_TRY(book_.Keep(entry));
  if (file.attempts > 1) turns_.LaterAndLater(entry.number, 0);
  return Ok();
}

Status Filer::Settle(Entry entry, size_t index, FileState state) {
  entry.files[index].state = state;
  if (state != FileState::SENT) entry.status = entry.files[index].status;
  SAM_TRY(book_.Keep(entry));
  turns_.Forget(entry.number);
  if (state == FileState::SENT && !entry.files[index].missing) sent_.Add();
  return Ok();
}

Status Filer::NotLetIn(Entry entry, size_t file, Doing doing, const char* what,
                       const rest::HttpAnswer& answer, FileState end) {
  if (!requests_.NotLetIn(entry.number, doing, what, answer)) return Ok();
  entry.files[file].status = answer.status;
  return Settle(std::move(entry), file, end);
}

Status Filer::Hold(Entry entry, Why why) {
  entry.state = State::HELD;
  entry.why = why;
  turns_.Forget(entry.number);
  SAM_TRY(book_.Keep(entry));
  log::Error("intake", "intake-held",
             {{"signal", entry.signal}, {"why", WhyName(why)}, {"status", entry.status}});
  return Ok();
}

}  // namespace sam::intake
