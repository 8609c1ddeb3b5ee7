// Exchange: what a request over HTTP asks for, and what it is answered. Pure: no socket, no store.
// A request becomes a Plan: answered at once (a mistake, or the CapabilityStatement), or messages to
// be taken; what became of them becomes the answer. Nothing in an answer repeats a value of the
// request but ids and versions that the sender gave itself.
// Any thread, plain values. Limits: kMaxEntries of a Bundle, kMaxTogether resources of one message,
// kMaxCopies: all messages of a request are no larger than that and twice its body.
#pragma once

#include <string>
#include <vector>

#include "adapters/fhir/json.h"
#include "adapters/fhir/refused_body.h"
#include "adapters/fhir/resource_rules.h"
#include "broker/base/result.h"
#include "broker/edge/http.h"

namespace sam::fhir {

inline constexpr size_t kMaxEntries = 1'000;
inline constexpr size_t kMaxTogether = 50;
// Bytes of resources that several messages of a Bundle carry, their first copies not counted.
inline constexpr size_t kMaxCopies = size_t{32} << 20;

// One resource of a request.
struct Entry {
  std::string type;
  std::string id;
  std::string version;
  bool put = false;
  std::string message;  // self-contained; empty: nothing to take
  std::string telling;      // as TellingOf
  bool of_interest = true;  // false: of a type that nothing here reads
  // Not 0: this entry alone is refused so (batch); `issues` say why.
  int refused = 0;
  std::vector<Issue> issues;
};

struct Plan {
  enum class Shape { kAnswered, kOne, kBatch, kTransaction, kMessage };
  Shape shape = Shape::kAnswered;
  edge::HttpResponse answer;  // kAnswered
  std::vector<Entry> entries;
  // For the quarantine: what of the request is refused with this answer, or alone of a batch.
  std::vector<RefusedBody> refused;
  std::string header_id;  // kMessage: MessageHeader.id ...
  std::string event;      // ... and its event, as JSON members, to be said back
  // All or nothing.
  bool whole() const { return shape == Shape::kTransaction || shape == Shape::kMessage; }
};

// What became of one message.
struct Fate {
  enum class Kind { kTaken, kNothing, kDuplicate, kConflict, kPutAside, kRefused };
  Kind kind = Kind::kNothing;
  uint64_t raw_ref = 0;  // names a resource that came without an id
  std::vector<Issue> issues;
  int status = 422;  // of a kRefused
  bool not_for_us = false;  // of a kRefused: test data, or of nobody we know; nothing is to be kept
};

// What the CapabilityStatement says of the place it is served at.
struct Offer {
  std::string url;           // absolute, as clients reach it; empty: not known here, and left out
  bool certificates = true;  // false: no TLS, a proxy in front knows who it is
};

class Exchange {
 public:
  // base: "/fhir", without a slash at the end; empty for the root. types: what the mapping reads and
  // `metadata` names; none: every type known here. Others are refused by themselves, since a sender
  // at the wrong door must hear of it; in a Bundle they may come along with what is of interest.
  Exchange(std::string base, std::vector<std::string> types, Offer offer = Offer())
      : base_(std::move(base)), types_(std::move(types)), offer_(std::move(offer)) {}

  Plan Read(const edge::HttpRequest& request) const;
  // fates: one for each entry, whatever stands there for entries without a message.
  edge::HttpResponse Answer(const Plan& plan, const std::vector<Fate>& fates) const;
  const std::string& base() const { return base_; }

 private:
  Plan ReadContent(const std::string& path, const std::string& type, const std::string& id,
                   const edge::HttpRequest& request) const;
  Plan ReadOne(const std::string& type, const std::string& id, bool put,
               const edge::HttpRequest& request) const;
  edge::HttpResponse AnswerOne(const Entry& entry, const Fate& fate) const;
  edge::HttpResponse AnswerBundle(const Plan& plan, const std::vector<Fate>& fates) const;
  edge::HttpResponse AnswerMessage(const Plan& plan) const;

  std::string base_;
  std::vector<std::string> types_;
  Offer offer_;
};

// A FHIR answer with an OperationOutcome.
edge::HttpResponse Outcome(int status, const std::string& severity,
                           const std::vector<Issue>& issues);
edge::HttpResponse Refusal(int status, const std::string& code, const std::string& text);

// 503 or 429 with Retry-After.
edge::HttpResponse ComeBack(int status, int seconds, const std::string& text);

// What is offered, and nothing else.
std::string CapabilityStatement(const Offer& offer, const std::vector<std::string>& types);

}  // namespace sam::fhir
