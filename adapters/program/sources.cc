#include "adapters/program/sources.h"

#include "adapters/csv/kind.h"
#include "adapters/files/files_connector.h"
#include "adapters/mllp/kind.h"

namespace sam::program {

kit::SourceKinds Sources() {
  kit::SourceKinds kinds;
  kinds.formats.push_back(mllp::Hl7Kind());
  kinds.formats.push_back(csv::CsvKind());
  kinds.connectors.push_back(mllp::ListenKind());
  kinds.connectors.push_back(files::FilesKind());
  return kinds;
}

}  // namespace sam::program
