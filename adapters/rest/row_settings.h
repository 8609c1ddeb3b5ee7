// What the decoder of rows has to know of a connector that brings them: which field of a row is its
// id, which goes into the trigger. Connectors with rows (here, and ../sql) derive their settings
// from it. Read once, then const.
#pragma once

#include <string>

#include "adapters/kit/source_kind.h"
#include "adapters/rest/rest_format.h"

namespace sam::rest {

class RowSettings : public kit::ConnectorSettings {
 public:
  virtual RowFieldsByEndpoint fields() const = 0;
  // Where the list stands in an answer that was saved; empty: the answer is the list.
  virtual std::string saved_rows_field() const { return ""; }
};

// What a connector calls itself for rows of a first load; kept with a row that is put aside.
inline constexpr const char* kPollPeer = "poll";
inline constexpr const char* kBaselinePeer = "poll-first-load";

}  // namespace sam::rest
