// PollConnector: asks the endpoints of [poll] in turn, page by page, and gives each row to the
// pipeline as a message of its own. A page is stored in groups; the cursor of an endpoint moves in
// the last group of a round, never before its rows. What comes twice (the overlap, a restart, a row
// on two pages) is known by the pipeline: the same row with the same content makes no second event.
// A source that is slow, refuses or answers nonsense moves no cursor: it is asked again, later and
// later, and a person is called.
// No address, key or content of a row is ever in an error, a log line or a metric.
// Threads: one, the store's writer. Owned by main. Limits: those of RowGroup and PollConfig.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/hl7/zone.h"
#include "adapters/kit/connector.h"
#include "adapters/kit/pipeline.h"
#include "adapters/kit/source_kind.h"
#include "adapters/rest/http_pull.h"
#include "adapters/rest/json_row.h"
#include "adapters/rest/poll_config.h"
#include "adapters/rest/poll_endpoint.h"
#include "adapters/rest/row_group.h"
#include "broker/base/clock.h"
#include "broker/base/random.h"
#include "broker/base/result.h"
#include "broker/base/token_bucket.h"

namespace sam::rest {

class PollConnector final : public kit::Connector {
 public:
  static constexpr int kTellAfter = 3;  // failures in a row that may pass by themselves
  static constexpr int64_t kMaxRetryAfterS = 3'600;
  static constexpr int64_t kCertificateUs = 600'000'000;  // how often the own one is looked at

  // All must outlive the connector. kInvalid: the zone is not known.
  static Result<std::unique_ptr<PollConnector>> Open(const PollConfig& config,
                                                     const kit::ConnectorParts& parts,
                                                     std::unique_ptr<HttpPull> pull, Random random);

  Result<int> Step(int wait_ms) override;
  void SetRefusing(bool refusing) override;
  std::string where() const override;

 private:
  struct Page {  // an answer whose rows are being stored
    std::vector<PageRow> rows;
    size_t next = 0;
    PollRound::Next then = PollRound::Next::kMore;
  };
  struct Trouble {
    const char* what;     // a code: "unreachable", "busy", "denied", "unexpected", "keys", "moving"
    bool whole = true;    // of the source, not of one endpoint
    bool passing = true;  // may pass by itself
    std::string detail = std::string();
    int status = 0;
    int64_t wait_s = 0;  // asked for by the source
  };
  PollConnector(const PollConfig& config, const kit::ConnectorParts& parts,
                std::unique_ptr<HttpPull> pull, Random random, const hl7::Zone& zone);

  void NoteCertificate();
  PollEndpoint* Due();
  void Ask(PollEndpoint& endpoint);
  void TakeAnswer(PollEndpoint& endpoint, const HttpAnswer& answer);
  void TakePage(PollEndpoint& endpoint, const HttpAnswer& answer);
  void Fail(PollEndpoint& endpoint, const Trouble& trouble);
  // Any page ends the source's trouble; an endpoint's own ends with a whole round.
  void Recovered(PollEndpoint& endpoint, bool read_to_end);
  Result<int> StoreGroup();
  Result<int> LoseGroup(const Error& error);
  Status TakeRow(const PageRow& row);
  void EndOfPage(bool done);
  void Count(const PollEndpoint& endpoint, const char* outcome) const;

  const PollConfig& config_;
  kit::Pipeline& pipeline_;
  const Clock& clock_;
  kit::FeedObserver* observer_;
  int64_t look_again_us_ = 0;  // at the certificate
  RowGroup group_;
  std::unique_ptr<HttpPull> pull_;
  Random random_;
  hl7::Zone zone_;
  TokenBucket rate_;
  std::vector<std::unique_ptr<PollEndpoint>> endpoints_;
  PollEndpoint* asked_ = nullptr;  // whose request or page is at hand
  std::optional<Page> page_;
  BackOff source_;
  bool refusing_ = false;
  bool full_told_ = false;
  metrics::Gauge failing_;
};

}  // namespace sam::rest
