// PlaceDoor: the second door to the log, for the fields that tell where somebody stays. They are
// sealed apart from the rest of their record (FORMAT.md), and only a statutory report that the gate
// has let through has a use for them. Given to dispatch (composing it), delivery (handing it over)
// and rebuild (composing it again); never to what shows records to people.
// One per thread, over the store and the mark that the readers share, which outlive it.
#pragma once

#include <memory>
#include <string>

#include "broker/base/ids.h"
#include "broker/base/result.h"
#include "broker/journal/reader.h"

namespace sam::journal {

class PlaceDoor {
 public:
  PlaceDoor(const Store& store, const Vault& vault, const SecretKey& hub_key,
            const DurableMark& mark);
  ~PlaceDoor();

  // The places of one synced record, a message of its payload's type. Empty: it has none, is disposed
  // of, or its key is erased. Errors as Reader::Read.
  Result<std::string> Open(Offset offset) const;

 private:
  std::unique_ptr<Opener> opener_;
};

}  // namespace sam::journal
