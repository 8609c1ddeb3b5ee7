// FhirServer: the connector [fhir]. The HTTPS thread knows clients by their certificates, reads
// requests and turns mistakes down by itself; what is to be kept goes through a bounded pipe to the
// adapter's thread, and is answered only after the commit of its group.
// Threads: Step and SetRefusing on the adapter's; Take on the HTTP server's. Owned by main.
// Limits: [fhir] queue, max_connections, max_body_kb; kGroupRequests requests in one commit; kQueueBytes
// of requests that wait or are worked on, though one is always let in (its size: exchange.h).
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "adapters/fhir/exchange.h"
#include "adapters/fhir/fhir_settings.h"
#include "adapters/fhir/refusals.h"
#include "adapters/fhir/refused_shelf.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/crash_guard.h"
#include "adapters/kit/pipeline.h"
#include "broker/edge/http.h"
#include "broker/stage/doorbell.h"
#include "broker/stage/pipe.h"

namespace sam::fhir {

class FhirServer final : public kit::Connector {
 public:
  static constexpr size_t kGroupRequests = 64;
  static constexpr size_t kGroupBytes = size_t{8} << 20;
  static constexpr size_t kQueueBytes = size_t{96} << 20;  // a report of 40 MB and some more

  static Result<std::unique_ptr<FhirServer>> Open(const FhirSettings& settings,
                                                  const kit::ConnectorParts& parts);

  Result<int> Step(int wait_ms) override;
  void SetRefusing(bool refusing) override { refusing_ = refusing; }
  std::string where() const override { return "fhir " + settings_.address + settings_.base; }
  uint16_t port() const { return server_->port(); }

 private:
  struct Job {
    edge::HttpTicket ticket = 0;
    Plan plan;
    std::string peer;
    size_t bytes = 0;  // of its messages, and of what is refused of it
  };
  struct Answered {
    edge::HttpTicket ticket = 0;
    edge::HttpResponse response;
  };

  FhirServer(const FhirSettings& settings, const kit::ConnectorParts& parts);

  // HTTP thread. False: too much waits.
  bool Queue(Job job);
  std::optional<edge::HttpResponse> Take(edge::HttpRequest&& request, edge::HttpTicket ticket);
  std::optional<edge::HttpResponse> Screen(const edge::HttpRequest& head, std::string* peer) const;
  // Counted; a mistake of the sender's also reaches the watch and the log. No status of ours does.
  void NoteAnswer(const edge::HttpPeer& peer, const edge::HttpResponse& answer);
  void NoteCertificate();  // the adapter's thread
  void NoteRefused(const edge::HttpPeer& peer, int status, const std::string& place);

  Result<int> WorkGroup(const std::vector<Job>& jobs);
  // The messages of one request, into the open group. `fates`: one for each entry.
  Result<int> TakeJob(const Job& job, std::vector<Fate>& fates);
  // What of it is refused, into the quarantine. Into the group that is let go when it is refused whole.
  Status KeepRefused(const Job& job, const std::vector<Fate>& fates, int status);
  Result<Fate> TakeMessage(const Entry& entry, const std::string& peer);
  // Nothing of the group was kept: everybody comes again.
  Result<int> LoseGroup(const Error& error, const std::vector<Job>& jobs);
  // Of types that nothing here reads: no pipeline saw them, and they were heard all the same.
  void CountNotOfInterest(const Job& job);
  // Whose it is; of an unknown client empty.
  std::string SourceOf(const FhirClient* client) const;
  void Reply(edge::HttpTicket ticket, edge::HttpResponse response);

  const FhirSettings& settings_;
  const kit::ConnectorParts parts_;
  Refusals refusals_;
  RefusedShelf shelf_;
  kit::Pipeline& pipeline_;
  kit::AdapterStore& store_;
  kit::CrashGuard* guard_;
  Exchange exchange_;
  std::atomic<bool> refusing_{false};
  std::atomic<size_t> queued_bytes_{0};
  bool full_told_ = false;
  std::vector<Mac16> entered_;  // in the crash guard, until they are stored
  std::optional<Job> held_;     // a transaction that waits for a group of its own
  stage::Doorbell bell_;
  stage::Pipe<Job> in_;
  // Last: it is stopped before what its thread uses goes.
  std::unique_ptr<edge::HttpServer> server_;
};

}  // namespace sam::fhir
