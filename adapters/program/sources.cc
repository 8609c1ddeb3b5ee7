#include "adapters/program/sources.h"

#include "adapters/csv/kind.h"
#include "adapters/fhir/kind.h"
#include "adapters/mllp/kind.h"
#include "adapters/rest/kind.h"
#include "adapters/sftp/kind.h"
#include "adapters/sql/kind.h"
#include "adapters/xml/kind.h"

namespace sam::program {

kit::SourceKinds Sources() {
  kit::SourceKinds kinds;
  kinds.formats.push_back(mllp::Hl7Kind());
  kinds.formats.push_back(csv::CsvKind());
  kinds.formats.push_back(xml::XmlKind());
  kinds.formats.push_back(fhir::FhirFormatKind());
  kinds.formats.push_back(rest::RestKind());
  kinds.connectors.push_back(mllp::ListenKind());
  kinds.connectors.push_back(sftp::FilesKind());
  kinds.connectors.push_back(fhir::FhirConnectorKind());
  kinds.connectors.push_back(rest::PollKind());
  kinds.connectors.push_back(sql::SqlKind());
  return kinds;
}

}  // namespace sam::program
