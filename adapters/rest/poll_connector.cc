#include "adapters/rest/poll_connector.h"

#include <algorithm>
#include <utility>

#include "adapters/kit/adapter_config.h"
#include "adapters/kit/certificate_file.h"
#include "broker/base/log.h"
#include "broker/base/text.h"

namespace sam::rest {
namespace {

Millis Earlier(std::optional<Millis> theirs, Millis ours) {
  return theirs ? std::min(*theirs, ours) : ours;
}

}  // namespace

Result<std::unique_ptr<PollConnector>> PollConnector::Open(const PollConfig& config,
                                                           const kit::ConnectorParts& parts,
                                                           std::unique_ptr<HttpPull> pull,
                                                           Random random) {
  const std::string& zone_name =
      parts.config.zone.empty() ? parts.pipeline.mapping().zone() : parts.config.zone;
  SAM_ASSIGN(const hl7::Zone zone, hl7::Zone::Find(zone_name));
  SAM_TRY(ReadKeys(config.keys_file));  // a missing key is told at start, not by the first poll
  Millis begin = parts.clock.Now();
  if (!config.start.empty()) {
    std::string midnight = config.start;
    midnight += "T00:00";
    SAM_ASSIGN(const hl7::Timestamp stamp, ReadIsoTime(midnight, zone));
    begin = stamp.instant.value_or(begin);
  }
  std::unique_ptr<PollConnector> out(
      new PollConnector(config, parts, std::move(pull), random, zone));
  SAM_TRY(out->pipeline_.Begin());
  for (const EndpointConfig& one : config.endpoints) {
    SAM_ASSIGN(std::unique_ptr<PollEndpoint> endpoint,
               PollEndpoint::Open(one, config, zone, parts.store, begin, parts.clock.Now()));
    // "From now on" is decided once: a restart before the first answer must not leave a gap.
    endpoint->PutBegin();
    out->endpoints_.push_back(std::move(endpoint));
  }
  SAM_TRY(out->pipeline_.Commit());
  return out;
}

PollConnector::PollConnector(const PollConfig& config, const kit::ConnectorParts& parts,
                             std::unique_ptr<HttpPull> pull, Random random, const hl7::Zone& zone)
    : config_(config),
      pipeline_(parts.pipeline),
      clock_(parts.clock),
      observer_(parts.observer),
      group_(parts),
      pull_(std::move(pull)),
      random_(random),
      zone_(zone),
      rate_(config.requests_per_minute / 60.0, std::max(1.0, config.requests_per_minute / 6.0)),
      failing_("samsignal_poll_failing", "1 while the source cannot be read") {
  failing_.Set(0);
}

std::string PollConnector::where() const {
  return "poll of " + std::to_string(endpoints_.size()) + " endpoints";
}

void PollConnector::SetRefusing(bool refusing) {
  refusing_ = refusing;
  if (!refusing || asked_ == nullptr) return;
  // What is half read is read again from the cursor.
  pull_->Cancel();
  page_.reset();
  asked_->Abandon();
  asked_ = nullptr;
}

PollEndpoint* PollConnector::Due() {
  const int64_t now = clock_.SteadyMicros();
  PollEndpoint* out = nullptr;
  for (const std::unique_ptr<PollEndpoint>& endpoint : endpoints_)
    if (endpoint->due_us <= now && (out == nullptr || endpoint->asked_us < out->asked_us))
      out = endpoint.get();
  return out != nullptr && rate_.Balance(now) >= 1 ? out : nullptr;
}

// The own certificate: libcurl shows what stands in the file at each connection.
void PollConnector::NoteCertificate() {
  const std::string& file = config_.http.client_cert;
  if (observer_ == nullptr || file.empty() || clock_.SteadyMicros() < look_again_us_) return;
  look_again_us_ = clock_.SteadyMicros() + kCertificateUs;
  kit::NoteCertificateIn(file, "poll", *observer_);
}

Result<int> PollConnector::Step(int wait_ms) {
  NoteCertificate();
  if (page_) return StoreGroup();
  if (!refusing_ && !pull_->busy()) {
    if (PollEndpoint* due = Due()) Ask(*due);
  }
  std::optional<HttpAnswer> answer = pull_->Step(wait_ms);
  if (!answer || asked_ == nullptr) return 0;
  TakeAnswer(*asked_, *answer);
  return 0;
}

void PollConnector::Ask(PollEndpoint& endpoint) {
  const int64_t now_us = clock_.SteadyMicros();
  endpoint.asked_us = now_us;
  asked_ = &endpoint;
  Result<HttpPull::Query> keys = ReadKeys(config_.keys_file);
  if (!keys.ok()) return Fail(endpoint, {"keys", true, false, keys.error().message});
  rate_.Take(1, now_us);
  endpoint.asked_at = clock_.Now();
  const PollRound& round = endpoint.Round(clock_.Now());
  HttpPull::Query query;
  query.emplace_back(config_.since_name, WriteSince(round.since(), config_.times, zone_));
  query.emplace_back("offset", std::to_string(round.offset()));
  query.emplace_back("limit", std::to_string(config_.page));
  if (!endpoint.config().filter.empty()) query.emplace_back("q", endpoint.config().filter);
  for (std::pair<std::string, std::string>& key : *keys) query.push_back(std::move(key));
  std::string address = config_.base.text;
  address.append("/").append(endpoint.config().path);
  const Status started = pull_->Start(address, query);
  if (!started.ok()) Fail(endpoint, {"unexpected", true, false, started.error().message});
}

void PollConnector::TakeAnswer(PollEndpoint& endpoint, const HttpAnswer& answer) {
  const int64_t wait_s = std::min(answer.retry_after_s.value_or(0), kMaxRetryAfterS);
  if (answer.status == 200) {
    TakePage(endpoint, answer);
  } else if (answer.too_large) {
    Fail(endpoint, {"unexpected", false, false, answer.failure});
  } else if (answer.status == 0) {
    Fail(endpoint, {"unreachable", true, true, answer.failure});
  } else if (answer.status == 401 || answer.status == 403) {
    Fail(endpoint, {"denied", true, false, "the keys are not accepted", answer.status, wait_s});
  } else if (answer.status == 429 || answer.status >= 500) {
    Fail(endpoint, {"busy", true, true, "the source asks for time", answer.status, wait_s});
  } else {
    Fail(endpoint, {"unexpected", false, false, "no 200", answer.status, wait_s});
  }
}

void PollConnector::TakePage(PollEndpoint& endpoint, const HttpAnswer& answer) {
  Result<std::vector<PageRow>> rows =
      ReadPage(answer.body, config_.rows_field, endpoint.config().id, endpoint.config().modified);
  if (!rows.ok()) return Fail(endpoint, {"unexpected", false, false, rows.error().message, 200});
  PollRound& round = endpoint.Round(clock_.Now());
  const bool capped = round.capped();
  Page page;
  page.then = round.TakePage(*rows, Earlier(answer.server_time, endpoint.asked_at));
  page.rows = std::move(rows).value();
  if (round.capped() && !capped)
    log::Info(
        "poll", "poll-page-capped",
        {{"endpoint", endpoint.config().name}, {"asked", static_cast<uint64_t>(config_.page)}});
  if (page.then == PollRound::Next::kDone && round.undated())
    return Fail(endpoint, {"unexpected", false, false,
                           "no row has a time in its field " + endpoint.config().modified, 200});
  Count(endpoint, "ok");
  Recovered(endpoint, false);
  page_ = std::move(page);
}

Result<int> PollConnector::StoreGroup() {
  PollEndpoint& endpoint = *asked_;
  SAM_TRY(group_.Begin());
  while (page_->next < page_->rows.size() && group_.HasRoom()) {
    const Status taken = TakeRow(page_->rows[page_->next]);
    if (!taken.ok()) return LoseGroup(taken.error());
    ++page_->next;
  }
  const bool last = page_->next == page_->rows.size();
  const bool done = last && page_->then == PollRound::Next::kDone;
  if (done) endpoint.PutCursor(clock_.Now());
  const Status committed = group_.Commit();
  if (!committed.ok()) return LoseGroup(committed.error());
  full_told_ = false;
  if (last) EndOfPage(done);
  return group_.taken();
}

void PollConnector::EndOfPage(bool done) {
  PollEndpoint& endpoint = *asked_;
  const PollRound::Next then = page_->then;
  page_.reset();
  asked_ = nullptr;
  if (done) {
    Recovered(endpoint, true);
    endpoint.Finish(clock_.SteadyMicros(), clock_.Now());
  } else if (then == PollRound::Next::kGaveUp) {
    endpoint.Abandon();
    Fail(endpoint, {"moving", false, true, "rows move while they are read; raise page"});
  }
}

// The row with its cursor's help: how late it is counts only when it was not known.
Status PollConnector::TakeRow(const PageRow& row) {
  const std::string peer = config_.baseline && asked_->fresh() ? kBaselinePeer : kPollPeer;
  SAM_ASSIGN(const bool fresh, group_.Take(Envelope(asked_->config().name, row.json, {},
                                                      row.mended ? kMendedRow : ""),
                                             peer));
  if (fresh) asked_->NoteLate(asked_->Round(clock_.Now()).LateMs(row));
  return Ok();
}

// Nothing of the group counts: the round begins again at its cursor, and `seen` knows what was
// stored before.
Result<int> PollConnector::LoseGroup(const Error& error) {
  if (error.code != Code::kExhausted) return error;
  if (!full_told_) log::Error("poll", "store-full", {{"endpoint", asked_->config().name}});
  full_told_ = true;
  SAM_TRY(pipeline_.Begin());
  asked_->Abandon();
  asked_->due_us = clock_.SteadyMicros() + config_.backoff_min_ms * 1000;
  asked_ = nullptr;
  page_.reset();
  return 0;
}

void PollConnector::Fail(PollEndpoint& endpoint, const Trouble& trouble) {
  BackOff& back_off = trouble.whole ? source_ : endpoint.trouble;
  const int64_t wait_ms =
      std::max(back_off.NextMs(config_.backoff_min_ms, config_.backoff_max_ms, random_),
               trouble.wait_s * kSecondMs);
  const int64_t until = clock_.SteadyMicros() + wait_ms * 1000;
  for (const std::unique_ptr<PollEndpoint>& one : endpoints_)
    if (trouble.whole || one.get() == &endpoint) one->due_us = std::max(one->due_us, until);
  Count(endpoint, trouble.what);
  // What passes goes on with the page that failed: a first load of many pages must get to its end.
  if (!trouble.passing) endpoint.Abandon();
  asked_ = nullptr;
  if (back_off.told) return;
  if (trouble.passing && back_off.failures < kTellAfter) {
    log::Warn("poll", "poll-again",
              {{"endpoint", endpoint.config().name},
               {"what", trouble.what},
               {"status", trouble.status},
               {"wait_ms", wait_ms}});
    return;
  }
  back_off.told = true;
  failing_.Set(1);
  log::Error("poll", "poll-failing",
             {{"endpoint", endpoint.config().name},
              {"what", trouble.what},
              {"status", trouble.status},
              {"detail", trouble.detail},
              {"wait_ms", wait_ms}});
}

void PollConnector::Recovered(PollEndpoint& endpoint, bool read_to_end) {
  const bool told = source_.told || (read_to_end && endpoint.trouble.told);
  source_ = BackOff();
  if (read_to_end) endpoint.trouble = BackOff();
  if (told) log::Info("poll", "poll-recovered", {{"endpoint", endpoint.config().name}});
  const bool any = std::any_of(endpoints_.begin(), endpoints_.end(),
                               [](const auto& one) { return one->trouble.told; });
  failing_.Set(any ? 1 : 0);
}

void PollConnector::Count(const PollEndpoint& endpoint, const char* outcome) const {
  metrics::Counter("samsignal_poll_requests_total", "Questions to the source by what came of them",
                   {{"endpoint", endpoint.config().name}, {"outcome", outcome}})
      .Add();
}

}  // namespace sam::rest
