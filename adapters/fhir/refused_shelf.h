// RefusedShelf: keeps bodies that were refused in the quarantine, the same content once in
// `seen_days`, and closes what its sender has mended by itself: when the same telling of the same
// resource is taken, or refused again with other content (the newer one lies there then, also when it
// had been refused before).
// Threads: one, the store's writer, in its open group. Owned by FhirServer. Limit: kOpenAtMost lie open
// for each client; above that they are counted, with one line in the log, until somebody has dealt
// with some.
#pragma once

#include <map>
#include <set>
#include <string>

#include "adapters/fhir/refused_body.h"
#include "adapters/kit/adapter_store.h"
#include "adapters/kit/pipeline.h"
#include "broker/base/clock.h"
#include "broker/base/result.h"

namespace sam::fhir {

class RefusedShelf {
 public:
  // Enough to see what a sender does wrong; each is work for a person.
  static constexpr size_t kOpenAtMost = 500;
  static constexpr int64_t kLookAgainUs = 10'000'000;  // whether somebody has dealt with some

  RefusedShelf(kit::Pipeline& pipeline, kit::AdapterStore& store, const Clock& clock)
      : pipeline_(pipeline), store_(store), clock_(clock) {}

  // What lies open from before. Once, at start.
  Status Load();
  // Errors are the store's, here and below: the group is lost.
  Status Keep(const RefusedBody& body, const std::string& peer);
  // A resource of this telling (TellingOf) has come in.
  Status Taken(const std::string& peer, const std::string& telling);

 private:
  struct Client {
    std::set<uint64_t> open;  // entries that may be open
    int64_t look_again_us = 0;
    bool full_told = false;
  };
  Result<bool> HasRoom(const std::string& peer, Client& client);
  Status CloseLast(const Mac16& key, kit::QuarantineState state);
  Mac16 KeyOf(const std::string& peer, const std::string& telling);

  kit::Pipeline& pipeline_;
  kit::AdapterStore& store_;
  const Clock& clock_;
  std::map<std::string, Client> clients_;  // by peer
};

}  // namespace sam::fhir
