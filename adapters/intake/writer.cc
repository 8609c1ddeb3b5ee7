#include "adapters/intake/writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "adapters/intake/body.h"
#include "adapters/rest/poll_config.h"
#include "broker/base/log.h"

namespace sam::intake {
namespace {

constexpr int kQuietFailures = 2;           // a network that blinks is nobody's alarm
constexpr int64_t kMaxRetryAfterS = 3'600;  // what a source may ask for

// Their clock and ours differ; a row's time of change may lie before our POST.
constexpr int64_t kLookBackMs = 15 * kMinuteMs;

// Retry-After, within reason.
int64_t AskedMs(const rest::HttpAnswer& answer) {
  return std::min(answer.retry_after_s.value_or(0), kMaxRetryAfterS) * kSecondMs;
}

bool Waits(const Entry& entry) {
  return entry.state == State::WAITING || entry.state == State::POSTING ||
         entry.state == State::CREATED || entry.state == State::ATTACHED;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Make(Book& book, Config config, const Clock& clock,
                                             Random random) {
  SAM_ASSIGN(auto zone, hl7::Zone::Find("Europe/Stockholm"));
  SAM_ASSIGN(auto pull, rest::HttpPull::Make(config.http));
  return std::make_unique<Writer>(book, std::move(config), std::move(zone), std::move(pull), clock,
                                  random);
}

Writer::Writer(Book& book, Config config, hl7::Zone zone, std::unique_ptr<rest::HttpPull> pull,
               const Clock& clock, Random random)
    : book_(book),
      config_(std::move(config)),
      zone_(std::move(zone)),
      pull_(std::move(pull)),
      clock_(clock),
      random_(random),
      created_("samsignal_intake_created_total", "Intakes made in the social system"),
      attached_("samsignal_intake_attached_total", "Reports attached to their intakes"),
      doubts_("samsignal_intake_doubts_total", "Intakes posted whose answer was not known"),
      failures_("samsignal_intake_failures_total", "Requests that the social system did not take"),
      open_("samsignal_intake_open", "Signals on their way into the social system"),
      held_("samsignal_intake_held", "Signals that wait for a person: an alarm") {
  // What was under way when we ended may still be under way over there.
  for (const auto& [number, entry] : book_.Pending()) {
    if (entry.state != State::POSTING) continue;
    const int64_t age = clock_.Now().value - entry.tried_at.value;
    Later(number, std::clamp<int64_t>(config_.settle_ms - age, 0, config_.settle_ms));
  }
}

Result<int> Writer::Step() {
  if (pull_->busy()) {
    const auto answer = pull_->Step(0);
    if (!answer) return 0;
    SAM_TRY(Take(*answer));
    return 1;
  }
  SAM_TRY(book_.Admit([this](const Kind& kind) {
    return (!kind.test || config_.test_signals) && config_.lists.Wants(kind.code, kind.acute);
  }));
  Gauges();
  if (NowMs() < pause_until_) return 0;
  const auto next = Next();
  if (!next) return 0;
  SAM_TRY(Act(*next));
  return 1;
}

void Writer::Gauges() {
  size_t held = 0;
  for (const auto& [number, entry] : book_.Pending())
    if (entry.state == State::HELD) ++held;
  held_.Set(static_cast<double>(held));
  open_.Set(static_cast<double>(book_.Pending().size() - held));
}

// The first to come, acute ones before all others.
std::optional<Entry> Writer::Next() const {
  std::optional<Entry> best;
  for (const auto& [number, entry] : book_.Pending()) {
    const auto due = due_.find(number);
    if (!Waits(entry) || (due != due_.end() && due->second > NowMs())) continue;
    if (entry.acute) return entry;
    if (!best) best = entry;
  }
  return best;
}

Status Writer::Act(Entry entry) {
  due_.erase(entry.number);
  if (entry.state == State::ATTACHED) return book_.Registered(entry);
  SAM_ASSIGN(const Delivered delivered, book_.SignalOf(entry));
  if (entry.state == State::CREATED) return BeginAttach(std::move(entry), delivered);
  if (entry.state == State::WAITING) return BeginPost(std::move(entry), delivered);
  doubts_.Add();
  log::Warn("intake", "intake-in-doubt", {{"signal", entry.signal}});
  if (!config_.look_up) return Hold(std::move(entry), Why::DOUBT, entry.status);
  search_ = Search();
  search_.since = Millis(entry.first_posted_at.value - kLookBackMs);
  return BeginLookUp(entry);
}

Status Writer::BeginPost(Entry entry, const Delivered& delivered) {
  if (delivered.registered) {  // said while it was looked up
    entry.state = State::BY_HAND;
    return book_.Keep(entry);
  }
  if (delivered.withdrawn) return Hold(std::move(entry), Why::WITHDRAWN, 0);
  const auto told = Read(delivered.signal);
  if (!told.ok()) return Hold(std::move(entry), Why::UNREADABLE, 0);
  if (told->person.empty()) return Hold(std::move(entry), Why::NO_NUMBER, 0);
  const auto codes = config_.lists.Find(
      {told->code, told->acute, told->sender, told->receiver, told->municipality});
  if (!codes.ok()) {
    log::Warn("intake", "code-missing", {{"signal", entry.signal}, {"why", codes.error().message}});
    return Hold(std::move(entry), Why::NO_CODE, 0);
  }
  // One that has lain here for long: this store may be an old copy of one that went on.
  const int64_t age = clock_.Now().value - delivered.received_at.value;
  if (config_.look_up && entry.attempts == 0 && age > kStaleMs) {
    entry.state = State::POSTING;
    entry.first_posted_at = delivered.received_at;
    entry.attempts = 1;
    return book_.Keep(entry);
  }
  rest::Upload upload;
  upload.json = ActualisationJson(*told, *codes, Reference(entry.signal), delivered.received_at);
  return Ask(Doing::kPosting, entry, [&](const rest::HttpPull::Query& keys) -> Status {
    Entry posting = entry;
    posting.state = State::POSTING;
    posting.tried_at = clock_.Now();
    if (posting.first_posted_at.value == 0) posting.first_posted_at = posting.tried_at;
    ++posting.attempts;
    SAM_TRY(book_.Keep(posting));
    const Status sent = pull_->Post(config_.base.text + "/Actualisations", keys, upload);
    if (sent.ok()) return Ok();
    SAM_TRY(book_.Keep(entry));  // nothing left this machine
    Pause("unreachable", 0);
    return Ok();
  });
}

Status Writer::BeginLookUp(const Entry& entry) {
  return Ask(Doing::kLookingUp, entry, [this](const rest::HttpPull::Query& keys) -> Status {
    rest::HttpPull::Query query = {
        {"modifiedAfter", rest::WriteSince(search_.since, config_.times, zone_)},
        {"offset", std::to_string(search_.offset)},
        {"limit", std::to_string(kPage)}};
    query.insert(query.end(), keys.begin(), keys.end());
    const Status sent = pull_->Start(config_.base.text + "/Extract/Actualisations", query);
    if (!sent.ok()) Pause("unreachable", 0);
    return Ok();
  });
}

Status Writer::BeginAttach(Entry entry, const Delivered& delivered) {
  const auto told = Read(delivered.signal);
  if (!told.ok()) return Hold(std::move(entry), Why::UNREADABLE, 0);
  const auto codes = config_.lists.Find(
      {told->code, told->acute, told->sender, told->receiver, told->municipality});
  if (!codes.ok()) return Hold(std::move(entry), Why::NO_CODE, 0);
  SAM_ASSIGN(const auto upload,
             Attachment(delivered.signal, *told, *codes, Reference(entry.signal)));
  return Ask(Doing::kAttaching, entry, [&](const rest::HttpPull::Query& keys) -> Status {
    std::string address = config_.base.text;
    address.append("/Actualisations/").append(entry.their_id).append("/Attachments");
    const Status sent = pull_->Post(address, keys, upload);
    if (!sent.ok()) Pause("unreachable", 0);
    return Ok();
  });
}

// With the keys as the file has them now.
Status Writer::Ask(Doing doing, const Entry& entry,
                   const std::function<Status(const rest::HttpPull::Query&)>& send) {
  const auto keys = rest::ReadKeys(config_.keys_file);
  if (!keys.ok()) {
    Pause("keys", 0);
    return Ok();
  }
  doing_ = doing;
  current_ = entry.number;
  return send(*keys);
}

Status Writer::Take(const rest::HttpAnswer& answer) {
  const Doing doing = std::exchange(doing_, Doing::kNothing);
  const auto found = book_.Pending().find(current_);
  // A person ended it while the request was under way; only an attachment can be meant.
  if (found == book_.Pending().end()) return Ok();
  const Entry entry = found->second;
  switch (doing) {
    case Doing::kPosting: return TakePost(entry, answer);
    case Doing::kLookingUp: return TakeLookUp(entry, answer);
    case Doing::kAttaching: return TakeAttach(entry, answer);
    case Doing::kNothing: break;
  }
  return Ok();
}

Status Writer::TakePost(Entry entry, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfIntake(answer);
  entry.status = answer.status;
  // Should what follows not reach the disk: the entry is at POSTING still, and looked up in time.
  Later(entry.number, std::max(config_.settle_ms, AskedMs(answer)));
  switch (verdict.meaning) {
    case Meaning::kDone:
      Recovered();
      entry.state = State::CREATED;
      entry.their_id = verdict.id;
      SAM_TRY(book_.Keep(entry));
      due_.erase(entry.number);
      created_.Add();
      return Ok();
    case Meaning::kRefused: return Hold(std::move(entry), Why::REFUSED, answer.status);
    case Meaning::kLater:
      Pause(verdict.what, AskedMs(answer));
      entry.state = State::WAITING;
      --entry.attempts;  // an outage is not this signal's fault
      SAM_TRY(book_.Keep(entry));
      due_.erase(entry.number);
      return Ok();
    case Meaning::kDoubt: break;
  }
  failures_.Add();
  return book_.Keep(entry);  // POSTING, with the answer that leaves the doubt
}

Status Writer::TakeLookUp(Entry entry, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfOther(answer);
  if (verdict.meaning != Meaning::kDone) {
    Pause(verdict.what, AskedMs(answer));
    return Ok();
  }
  SAM_ASSIGN(const Delivered delivered, book_.SignalOf(entry));
  const auto told = Read(delivered.signal);
  if (!told.ok()) return Hold(std::move(entry), Why::UNREADABLE, 0);
  const auto sighting = intake::Search(answer.body, Reference(entry.signal), told->person);
  if (!sighting.ok()) {
    Pause("unexpected", 0);
    return Ok();
  }
  Recovered();
  for (const std::string& id : sighting->ids)
    if (std::find(search_.ids.begin(), search_.ids.end(), id) == search_.ids.end())
      search_.ids.push_back(id);
  search_.unclear = search_.unclear || sighting->unclear;
  // A capped page is short: only an empty one is the end.
  if (sighting->rows == 0) return EndLookUp(std::move(entry));
  search_.offset += sighting->rows;
  if (++search_.pages < kMaxPages) return BeginLookUp(entry);
  search_.unclear = true;
  return EndLookUp(std::move(entry));
}

Status Writer::EndLookUp(Entry entry) {
  if (search_.ids.size() > 1) return Hold(std::move(entry), Why::DOUBLED, 0);
  if (search_.ids.size() == 1) {
    entry.state = State::CREATED;
    entry.their_id = search_.ids.front();
    created_.Add();
    log::Info("intake", "intake-found", {{"signal", entry.signal}});
    return book_.Keep(entry);
  }
  if (search_.unclear) return Hold(std::move(entry), Why::DOUBT, entry.status);
  if (entry.attempts >= config_.attempts)
    return Hold(std::move(entry), Why::REFUSED, entry.status);
  entry.state = State::WAITING;
  SAM_TRY(book_.Keep(entry));
  if (entry.attempts > 1)
    Later(entry.number, waits_[entry.number].NextMs(config_.backoff_min_ms, config_.backoff_max_ms,
                                                    random_));
  return Ok();
}

Status Writer::TakeAttach(Entry entry, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfOther(answer);
  if (verdict.meaning == Meaning::kDone) {
    Recovered();
    waits_.erase(entry.number);
    entry.state = State::ATTACHED;
    SAM_TRY(book_.Keep(entry));
    attached_.Add();
    return Ok();
  }
  entry.status = answer.status;
  if (verdict.meaning == Meaning::kRefused)
    return Hold(std::move(entry), Why::ATTACHMENT, answer.status);
  if (verdict.meaning == Meaning::kLater) {
    Pause(verdict.what, AskedMs(answer));
    return Ok();
  }
  failures_.Add();
  rest::BackOff& wait = waits_[entry.number];
  Later(entry.number, std::max(wait.NextMs(config_.backoff_min_ms, config_.backoff_max_ms, random_),
                               AskedMs(answer)));
  if (wait.failures < static_cast<int>(config_.attempts)) return Ok();
  return Hold(std::move(entry), Why::ATTACHMENT, answer.status);
}

Status Writer::Hold(Entry entry, Why why, int status) {
  entry.state = State::HELD;
  entry.why = why;
  entry.status = status;
  waits_.erase(entry.number);
  SAM_TRY(book_.Keep(entry));
  log::Error("intake", "intake-held",
             {{"signal", entry.signal}, {"why", WhyName(why)}, {"status", status}});
  return Ok();
}

void Writer::Pause(const char* what, int64_t asked_ms) {
  failures_.Add();
  const int64_t wait = outage_.NextMs(config_.backoff_min_ms, config_.backoff_max_ms, random_);
  pause_until_ = NowMs() + std::max(wait, asked_ms);
  const bool passes = std::strcmp(what, "busy") == 0 || std::strcmp(what, "unreachable") == 0;
  if (outage_.told || (passes && outage_.failures <= kQuietFailures)) return;
  outage_.told = true;
  log::Error("intake", "intake-failing", {{"what", what}});
}

void Writer::Recovered() {
  if (outage_.told) log::Info("intake", "intake-recovered");
  outage_ = rest::BackOff();
}

}  // namespace sam::intake
