#include "adapters/intake/writer.h"

#include <algorithm>
#include <utility>

#include "adapters/intake/body.h"
#include "adapters/rest/json_row.h"
#include "broker/base/log.h"

namespace sam::intake {
namespace {

using rest::HttpPull;
using Query = HttpPull::Query;

// Their clock and ours differ; a row's time of change may lie before our POST. What their answers
// tell of their clock is added.
constexpr int64_t kLookBackMs = 15 * kMinuteMs;
constexpr int64_t kSkewSlackMs = 5 * kMinuteMs;  // of it, for what changes while it is looked up

std::optional<Doing> NextOf(const Entry& entry) {
  switch (entry.state) {
    case State::WAITING: return Doing::kPosting;
    case State::POSTING: return Doing::kLookingUp;
    case State::CREATED: return Doing::kAttaching;
    case State::ATTACHED: return Doing::kNothing;  // only the sender is told
    default: return std::nullopt;
  }
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::Make(Book& book, Config config, const Clock& clock,
                                             Random random) {
  SAM_ASSIGN(auto zone, hl7::Zone::Find("Europe/Stockholm"));
  SAM_ASSIGN(auto pull, rest::HttpPull::Make(config.http));
  return std::make_unique<Writer>(book, std::move(config), zone, std::move(pull), clock,
                                  random);
}

Writer::Writer(Book& book, Config config, hl7::Zone zone, std::unique_ptr<rest::HttpPull> pull,
               const Clock& clock, Random random)
    : book_(book),
      config_(std::move(config)),
      zone_(zone),
      clock_(clock),
      requests_(config_, std::move(pull), clock, random),
      turns_(requests_.turns()),
      created_("samsignal_intake_created_total", "Intakes made in the social system"),
      attached_("samsignal_intake_attached_total", "Reports attached to their intakes"),
      doubts_("samsignal_intake_doubts_total", "Intakes posted whose answer was not known"),
      open_("samsignal_intake_open", "Signals on their way into the social system"),
      held_("samsignal_intake_held", "Signals that wait for a person: an alarm"),
      withdrawn_("samsignal_intake_withdrawn",
                 "Of these, those that were withdrawn after their intake was made: an alarm") {
  // What was under way when we ended may still be under way over there.
  for (const auto& [number, entry] : book_.Pending()) {
    if (entry.state != State::POSTING) continue;
    const int64_t age = clock_.Now().value - entry.tried_at.value;
    turns_.Later(number, std::clamp<int64_t>(config_.settle_ms - age, 0, config_.settle_ms));
    InDoubt(entry);
  }
}

Result<int> Writer::Step() {
  if (requests_.busy()) {
    const auto answered = requests_.Step();
    if (!answered) return 0;
    SAM_TRY(Take(*answered));
    return 1;
  }
  SAM_TRY(book_.Admit([this](const Kind& kind) {
    return (!kind.test || config_.test_signals) && config_.lists.Wants(kind.code, kind.acute);
  }));
  Gauges();
  if (book_.Pending().empty()) turns_.ForgetAll();
  const auto next = turns_.Next(book_.Pending(), &NextOf);
  if (!next) return 0;
  SAM_TRY(Act(*next));
  return 1;
}

void Writer::Gauges() {
  size_t held = 0, withdrawn = 0, filing = 0;
  for (const auto& [number, entry] : book_.Pending()) {
    if (entry.state == State::FILING) ++filing;
    if (entry.state != State::HELD) continue;
    ++held;
    if (entry.why == Why::WITHDRAWN_LATER) ++withdrawn;
  }
  held_.Set(static_cast<double>(held));
  withdrawn_.Set(static_cast<double>(withdrawn));
  open_.Set(static_cast<double>(book_.Pending().size() - held - filing));
}

Status Writer::Act(Entry entry) {
  turns_.Begin(entry.number);
  if (entry.state == State::ATTACHED) return book_.Registered(entry);
  SAM_ASSIGN(const Delivered delivered, book_.SignalOf(entry));
  if (entry.state == State::CREATED) return BeginAttach(std::move(entry), delivered);
  if (entry.state == State::WAITING) return BeginPost(std::move(entry), delivered);
  if (!config_.look_up) return Hold(entry, Why::DOUBT, entry.status);
  return BeginSearch(entry);
}

Millis Writer::LookBack(Millis posted) const {
  return Millis(std::max<int64_t>(0, posted.value - kLookBackMs - behind_ms_));
}

Status Writer::BeginSearch(const Entry& entry) {
  search_.pages = 0;
  search_.ids.clear();
  search_.unclear = false;
  search_.since = LookBack(entry.first_posted_at);
  search_.round.emplace(rest::RoundStart{search_.since, search_.since, false}, paging_, zone_);
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
  const Requests::Send send = [&](HttpPull& pull, const Query& keys) -> Status {
    Entry posting = entry;
    posting.state = State::POSTING;
    posting.tried_at = clock_.Now();
    if (posting.first_posted_at.value == 0) posting.first_posted_at = posting.tried_at;
    ++posting.attempts;
    SAM_TRY(book_.Keep(posting));
    const Status sent = pull.Post(config_.base.text + "/Actualisations", keys, upload);
    if (sent.ok()) return Ok();
    SAM_TRY(book_.Keep(entry));  // nothing left this machine
    requests_.Pause(Doing::kPosting, "unreachable", 0);
    return Ok();
  };
  return requests_.Ask(Doing::kPosting, entry.number, send);
}

Status Writer::BeginLookUp(const Entry& entry) {
  return requests_.Ask(Doing::kLookingUp, entry.number, [&](HttpPull& pull, const Query& keys) {
    Query query = {
        {"modifiedAfter", rest::WriteSince(search_.round->since(), config_.times, zone_)},
        {"offset", std::to_string(search_.round->offset())},
        {"limit", std::to_string(kPage)}};
    query.insert(query.end(), keys.begin(), keys.end());
    const Status sent = pull.Start(config_.base.text + "/Extract/Actualisations", query);
    if (!sent.ok()) requests_.Pause(Doing::kLookingUp, "unreachable", 0);
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
  return requests_.Ask(Doing::kAttaching, entry.number, [&](HttpPull& pull, const Query& keys) {
    std::string address = config_.base.text;
    address.append("/Actualisations/").append(entry.their_id).append("/Attachments");
    const Status sent = pull.Post(address, keys, upload);
    if (!sent.ok()) requests_.Pause(Doing::kAttaching, "unreachable", 0);
    return Ok();
  });
}

Status Writer::Take(const Requests::Answered& answered) {
  const rest::HttpAnswer& answer = answered.http;
  if (answer.server_time)
    behind_ms_ = std::max(behind_ms_, clock_.Now().value - answer.server_time->value);
  const auto found = book_.Pending().find(answered.entry);
  // A person ended it while the request was under way; only an attachment can be meant.
  if (found == book_.Pending().end()) return Ok();
  const Entry entry = found->second;
  switch (answered.doing) {
    case Doing::kPosting: return TakePost(entry, answer);
    case Doing::kLookingUp: return TakeLookUp(entry, answer);
    case Doing::kAttaching: return TakeAttach(entry, answer);
    default: return Ok();
  }
}

Status Writer::TakePost(Entry entry, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfIntake(answer);
  entry.status = answer.status;
  // Should what follows not reach the disk: the entry is at POSTING still, and looked up in time.
  turns_.Later(entry.number, std::max(config_.settle_ms, AskedMs(answer)));
  switch (verdict.meaning) {
    case Meaning::kDone:
      requests_.Done(Doing::kPosting);
      entry.state = State::CREATED;
      entry.their_id = verdict.id;
      SAM_TRY(book_.Keep(entry));
      turns_.Forget(entry.number);
      created_.Add();
      return Ok();
    case Meaning::kRefused: return Hold(std::move(entry), Why::REFUSED, answer.status);
    case Meaning::kLater:
      entry.state = State::WAITING;
      --entry.attempts;  // an outage is not this signal's fault
      SAM_TRY(book_.Keep(entry));
      turns_.Begin(entry.number);
      return NotLetIn(std::move(entry), Doing::kPosting, verdict.what, answer, Why::REFUSED);
    case Meaning::kDoubt: break;
  }
  requests_.Failed();
  SAM_TRY(book_.Keep(entry));  // POSTING, with the answer that leaves the doubt
  InDoubt(entry);
  return Ok();
}

Status Writer::TakeLookUp(Entry entry, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfOther(answer);
  if (verdict.meaning != Meaning::kDone)
    return NotLetIn(std::move(entry), Doing::kLookingUp, verdict.what, answer, Why::DOUBT);
  SAM_ASSIGN(const Delivered delivered, book_.SignalOf(entry));
  const auto told = Read(delivered.signal);
  if (!told.ok()) return Hold(std::move(entry), Why::UNREADABLE, 0);
  const auto sighting = intake::Search(answer.body, Reference(entry.signal), told->person);
  const auto rows = rest::ReadPage(answer.body, "", "Id", "");
  if (!sighting.ok() || !rows.ok())
    return NotLetIn(std::move(entry), Doing::kLookingUp, "unexpected", answer, Why::DOUBT);
  requests_.Done(Doing::kLookingUp);
  for (const std::string& id : sighting->ids)
    if (std::find(search_.ids.begin(), search_.ids.end(), id) == search_.ids.end())
      search_.ids.push_back(id);
  search_.unclear = search_.unclear || sighting->unclear;
  return GoOnLooking(entry, search_.round->TakePage(*rows, clock_.Now()));
}

Status Writer::GoOnLooking(const Entry& entry, rest::PollRound::Next next) {
  using Next = rest::PollRound::Next;
  search_.unclear = search_.unclear || ++search_.pages > kMaxPages;
  if (next == Next::kDone || search_.pages > kMaxPages) return EndLookUp(entry);
  if (next == Next::kMore) return BeginLookUp(entry);
  // Rows did not hold still while they were read: ours may be among those that slipped by.
  if (turns_.LaterAndLater(entry.number, 0) < config_.attempts) return Ok();
  return Hold(entry, Why::DOUBT, entry.status);
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
  // Their answers showed only now how far back it had to begin.
  if (search_.since.value - LookBack(entry.first_posted_at).value > kSkewSlackMs)
    return BeginSearch(entry);
  if (search_.unclear) return Hold(entry, Why::DOUBT, entry.status);
  if (entry.attempts >= config_.attempts)
    return Hold(entry, Why::REFUSED, entry.status);
  entry.state = State::WAITING;
  SAM_TRY(book_.Keep(entry));
  if (entry.attempts > 1) turns_.LaterAndLater(entry.number, 0);
  return Ok();
}

Status Writer::TakeAttach(Entry entry, const rest::HttpAnswer& answer) {
  const Verdict verdict = OfOther(answer);
  if (verdict.meaning == Meaning::kDone) {
    requests_.Done(Doing::kAttaching);
    turns_.Forget(entry.number);
    entry.state = State::ATTACHED;
    SAM_TRY(book_.Keep(entry));
    attached_.Add();
    return Ok();
  }
  entry.status = answer.status;
  if (verdict.meaning == Meaning::kRefused)
    return Hold(std::move(entry), Why::ATTACHMENT, answer.status);
  if (verdict.meaning == Meaning::kLater)
    return NotLetIn(std::move(entry), Doing::kAttaching, verdict.what, answer, Why::ATTACHMENT);
  requests_.Failed();
  if (turns_.LaterAndLater(entry.number, AskedMs(answer)) < config_.attempts) return Ok();
  return Hold(std::move(entry), Why::ATTACHMENT, answer.status);
}

Status Writer::Hold(Entry entry, Why why, int status) {
  entry.state = State::HELD;
  entry.why = why;
  entry.status = status;
  turns_.Forget(entry.number);
  SAM_TRY(book_.Keep(entry));
  log::Error("intake", "intake-held",
             {{"signal", entry.signal}, {"why", WhyName(why)}, {"status", status}});
  return Ok();
}

Status Writer::NotLetIn(Entry entry, Doing doing, const char* what, const rest::HttpAnswer& answer,
                        Why why) {
  if (!requests_.NotLetIn(entry.number, doing, what, answer)) return Ok();
  return Hold(std::move(entry), why, answer.status);
}

void Writer::InDoubt(const Entry& entry) {
  doubts_.Add();
  log::Warn("intake", "intake-in-doubt", {{"signal", entry.signal}});
}

}  // namespace sam::intake
