#include "adapters/program/sources.h"

#include "adapters/mllp/kind.h"

namespace sam::program {

kit::SourceKinds Sources() {
  kit::SourceKinds kinds;
  kinds.formats.push_back(mllp::Hl7Kind());
  kinds.connectors.push_back(mllp::ListenKind());
  return kinds;
}

}  // namespace sam::program
