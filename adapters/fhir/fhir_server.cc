#include "adapters/fhir/fhir_server.h"

#include <utility>

#include "adapters/fhir/bundle.h"
#include "adapters/fhir/fate.h"
#include "adapters/fhir/fhir_decoder.h"
#include "broker/base/log.h"
#include "broker/base/metrics.h"

namespace sam::fhir {
namespace {

constexpr int kFullSeconds = 60;  // the disk is full, or we are stopping: not solved in a second
constexpr int kBusySeconds = 2;

void CountAnswer(int status) {
  metrics::Counter("samsignal_fhir_answers_total", "Answers to FHIR requests by HTTP status",
                   {{"status", std::to_string(status)}})
      .Add();
}

// What HTTP itself refuses is FHIR too.
edge::HttpResponse Unread(int status) {
  if (status == 503) return ComeBack(503, kBusySeconds, "no answer in time; send it again");
  if (status == 413)
    return Refusal(413, "too-long", "larger than this adapter takes ([fhir] max_body_kb)");
  return Refusal(status, "structure", "not a request that can be read");
}

edge::HttpResponse Full() {
  return ComeBack(503, kFullSeconds, "nothing can be kept now; send it again later");
}

}  // namespace

FhirServer::FhirServer(const FhirSettings& settings, const kit::ConnectorParts& parts)
    : settings_(settings),
      parts_(parts),
      shelf_(parts.pipeline, parts.store, parts.clock),
      pipeline_(parts.pipeline),
      store_(parts.store),
      guard_(parts.guard),
      exchange_(settings.base, TypesRead(parts.pipeline.mapping()),
                {settings.PublicUrl(), !settings.plain}),
      in_(settings.queue, &bell_) {}

Result<std::unique_ptr<FhirServer>> FhirServer::Open(const FhirSettings& settings,
                                                     const kit::ConnectorParts& parts) {
  std::unique_ptr<FhirServer> out(new FhirServer(settings, parts));
  SAM_TRY(out->shelf_.Load());
  edge::HttpOptions options;
  options.endpoint = settings.address;
  options.limits = settings.limits;
  options.allow_public = !settings.plain;
  if (!settings.plain) options.tls = settings.tls;
  FhirServer* self = out.get();
  options.refusal = [self](int status) {
    edge::HttpResponse no = Unread(status);
    self->NoteAnswer({}, no);
    return no;
  };
  edge::HttpRoute route;
  route.method = "*";
  route.prefix = true;
  route.taker = [self](edge::HttpRequest&& request, edge::HttpTicket ticket) {
    const edge::HttpPeer peer = request.peer;
    std::optional<edge::HttpResponse> now = self->Take(std::move(request), ticket);
    if (now) self->NoteAnswer(peer, *now);
    return now;
  };
  route.screen = [self](const edge::HttpRequest& head) {
    std::optional<edge::HttpResponse> no = self->Screen(head, nullptr);
    if (no) self->NoteAnswer(head.peer, *no);
    return no;
  };
  std::vector<edge::HttpRoute> routes;
  routes.push_back(std::move(route));
  SAM_ASSIGN(out->server_, edge::HttpServer::Start(std::move(options), std::move(routes)));
  out->NoteCertificate();
  return out;
}

void FhirServer::NoteCertificate() {
  if (!settings_.plain && parts_.observer != nullptr)
    parts_.observer->NoteCertificate("fhir", server_->certificate_ends());
}

void FhirServer::NoteAnswer(const edge::HttpPeer& peer, const edge::HttpResponse& answer) {
  CountAnswer(answer.status);
  if (answer.status >= 400 && answer.status < 500)
    NoteRefused(peer, answer.status, PlaceOf(answer));
}

void FhirServer::NoteRefused(const edge::HttpPeer& peer, int status, const std::string& place) {
  RefusedRequest one{parts_.config.source.system_id, peer.address, status, place};
  if (!settings_.plain) {
    const FhirClient* client = settings_.ByCertificate(peer);
    one.source = SourceOf(client);
    if (client != nullptr) one.peer = client->name;
  }
  refusals_.Note(std::move(one));
}

std::string FhirServer::SourceOf(const FhirClient* client) const {
  return client == nullptr ? "" : kit::Merge(parts_.config.source, client->identity).system_id;
}

// Who it is, by the certificate. Before the body is read also whether anything can be kept at all.
std::optional<edge::HttpResponse> FhirServer::Screen(const edge::HttpRequest& head,
                                                     std::string* peer) const {
  const bool open = head.path == settings_.base + "/metadata";
  if (!settings_.plain && !open) {
    if (head.peer.fingerprint.empty())
      return Refusal(401, "login", "a client certificate is needed");
    const FhirClient* client = settings_.ByCertificate(head.peer);
    if (client == nullptr)
      return Refusal(403, "forbidden", "this certificate is not in the adapter's configuration");
    if (peer != nullptr) *peer += client->name;
  }
  if (peer == nullptr && refusing_) return Full();
  return std::nullopt;
}

std::optional<edge::HttpResponse> FhirServer::Take(edge::HttpRequest&& request,
                                                   edge::HttpTicket ticket) {
  Job job;
  job.ticket = ticket;
  job.peer = kPeerPrefix;
  std::optional<edge::HttpResponse> stranger = Screen(request, &job.peer);
  if (stranger) return stranger;
  job.plan = exchange_.Read(request);
  for (const RefusedBody& refused : job.plan.refused) job.bytes += refused.body.size();
  if (job.plan.shape == Plan::Shape::kAnswered) {
    edge::HttpResponse answer = job.plan.answer;
    // When it cannot be kept now it is refused all the same: it is its sender's.
    if (job.plan.refused.empty() || refusing_ || !Queue(std::move(job))) return answer;
    NoteRefused(request.peer, answer.status, PlaceOf(answer));
    return std::nullopt;
  }
  if (refusing_) return Full();
  for (const Entry& entry : job.plan.entries) {
    job.bytes += entry.message.size();
    if (entry.refused != 0)  // alone, of a batch
      NoteRefused(request.peer, entry.refused,
                  entry.issues.empty() ? "" : entry.issues[0].expression);
  }
  if (Queue(std::move(job))) return std::nullopt;
  return ComeBack(429, kBusySeconds, "too much at once; send it again in a moment");
}

bool FhirServer::Queue(Job job) {
  const size_t bytes = job.bytes;
  const size_t before = queued_bytes_.fetch_add(bytes);
  if ((before == 0 || before + bytes <= kQueueBytes) && in_.TryPush(std::move(job))) return true;
  queued_bytes_.fetch_sub(bytes);
  return false;
}

Result<int> FhirServer::Step(int wait_ms) {
  if (!held_ && in_.empty()) bell_.Wait(wait_ms);
  refusals_.Tell(parts_.observer, parts_.clock);
  NoteCertificate();  // it may have been loaded anew
  std::vector<Job> jobs;
  size_t bytes = 0;
  while (jobs.size() < kGroupRequests && bytes < kGroupBytes) {
    std::optional<Job> job = held_ ? std::exchange(held_, std::nullopt) : in_.TryPop();
    if (!job) break;
    // All or nothing needs a commit of its own.
    if (job->plan.whole() && !jobs.empty()) {
      held_ = std::move(job);
      break;
    }
    bytes += job->bytes;
    const bool whole = job->plan.whole();
    jobs.push_back(std::move(*job));
    if (whole) break;
  }
  if (jobs.empty()) return 0;
  Result<int> worked = WorkGroup(jobs);
  queued_bytes_.fetch_sub(bytes);
  return worked;
}

Result<int> FhirServer::WorkGroup(const std::vector<Job>& jobs) {
  if (refusing_) return LoseGroup(Exhausted("nothing is taken now"), jobs);
  std::vector<Answered> answers;
  int messages = 0;
  entered_.clear();
  SAM_TRY(pipeline_.Begin());
  for (const Job& job : jobs) {
    std::vector<Fate> fates;
    const Result<int> taken = TakeJob(job, fates);
    if (!taken.ok()) return LoseGroup(taken.error(), jobs);
    messages += *taken;
    answers.push_back({job.ticket, exchange_.Answer(job.plan, fates)});
    // Refused whole: what the group holds of it is let go.
    const int status = answers.back().response.status;
    if (job.plan.whole() && status >= 400) SAM_TRY(pipeline_.Begin());
    const Status kept = KeepRefused(job, fates, status);
    if (!kept.ok()) return LoseGroup(kept.error(), jobs);
  }
  const Status committed = pipeline_.Commit();
  if (!committed.ok()) return LoseGroup(committed.error(), jobs);
  full_told_ = false;
  if (guard_ != nullptr)
    for (const Mac16& key : entered_) guard_->Forget(key);
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (answers[i].response.status < 400) CountNotOfInterest(jobs[i]);
    Reply(answers[i].ticket, std::move(answers[i].response));
  }
  return messages;
}

void FhirServer::CountNotOfInterest(const Job& job) {
  const std::string name = job.peer.substr(sizeof kPeerPrefix - 1);
  const std::string source =
      settings_.plain ? parts_.config.source.system_id : SourceOf(settings_.ByName(name));
  for (const Entry& entry : job.plan.entries) {
    if (entry.of_interest) continue;
    const char* outcome = kit::VerdictName(kit::Verdict::Kind::kNotWanted);
    metrics::Counter("samsignal_adapter_messages_total", "Messages by what became of them",
                     {{"outcome", outcome}})
        .Add();
    if (parts_.observer != nullptr)
      parts_.observer->Observe({source, outcome, false, std::nullopt});
  }
}

Result<int> FhirServer::TakeJob(const Job& job, std::vector<Fate>& fates) {
  int messages = 0;
  for (const Entry& entry : job.plan.entries) {
    fates.emplace_back();
    if (entry.message.empty()) continue;
    SAM_ASSIGN(fates.back(), TakeMessage(entry, job.peer));
    ++messages;
  }
  return messages;
}

Status FhirServer::KeepRefused(const Job& job, const std::vector<Fate>& fates, int status) {
  for (const RefusedBody& refused : job.plan.refused) SAM_TRY(shelf_.Keep(refused, job.peer));
  if (!job.plan.whole() || status < 400) return Ok();
  for (const Fate& fate : fates)
    if (fate.not_for_us) return Ok();
  for (size_t i = 0; i < fates.size(); ++i) {
    const Entry& entry = job.plan.entries[i];
    // What came before was taken then; what is of no interest is no loss.
    const bool lost = fates[i].kind != Fate::Kind::kDuplicate && fates[i].kind != Fate::Kind::kNothing;
    if (entry.message.empty() || !lost) continue;
    RefusedBody refused = RefusedTogether(entry, status);
    if (!fates[i].issues.empty()) {
      const Issue& issue = fates[i].issues[0];
      refused.reason = kRefusedPrefix + issue.code;
      refused.detail = issue.expression + " " + issue.text;
    }
    SAM_TRY(shelf_.Keep(refused, job.peer));
  }
  return Ok();
}

Result<Fate> FhirServer::TakeMessage(const Entry& entry, const std::string& peer) {
  const Digest digest = store_.rows().ContentDigest(entry.message);
  const Mac16 key = *Mac16::From(digest.view().substr(0, Mac16::kSize));
  if (guard_ != nullptr) {
    if (guard_->IsPoison(key)) {
      SAM_ASSIGN(const kit::Verdict verdict,
                 pipeline_.PutAside(entry.message, peer,
                                    {"poison", "the program stopped while working on this message",
                                     true, std::nullopt}));
      return FateOf(verdict, entry);
    }
    guard_->Enter(key);
    entered_.push_back(key);
  }
  const Result<kit::Verdict> verdict = pipeline_.Take(entry.message, peer);
  if (guard_ != nullptr) guard_->Leave();
  SAM_TRY(verdict);
  Fate fate = FateOf(*verdict, entry);
  if (fate.kind != Fate::Kind::kConflict && fate.kind != Fate::Kind::kRefused)
    SAM_TRY(shelf_.Taken(peer, entry.telling));
  return fate;
}

Result<int> FhirServer::LoseGroup(const Error& error, const std::vector<Job>& jobs) {
  for (const Job& job : jobs)  // what is refused is so without a record of it
    Reply(job.ticket, job.plan.shape == Plan::Shape::kAnswered ? job.plan.answer : Full());
  if (error.code != Code::kExhausted) return error;
  if (!full_told_ && !refusing_)
    log::Error("fhir", "store-full", {{"requests", static_cast<uint64_t>(jobs.size())}});
  full_told_ = true;
  SAM_TRY(pipeline_.Begin());
  return 0;
}

void FhirServer::Reply(edge::HttpTicket ticket, edge::HttpResponse response) {
  CountAnswer(response.status);
  server_->Reply(ticket, std::move(response));
}

}  // namespace sam::fhir
