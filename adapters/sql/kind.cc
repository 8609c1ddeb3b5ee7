#include "adapters/sql/kind.h"

#include <utility>

#include "adapters/files/kept_folder.h"
#include "adapters/kit/adapter_config.h"
#include "adapters/sql/connection.h"
#include "adapters/sql/database.h"
#include "adapters/sql/reader.h"
#include "adapters/sql/sql_config.h"
#include "adapters/sql/sql_connector.h"

namespace sam::sql {

kit::ConnectorKind SqlKind() {
  kit::ConnectorKind kind;
  kind.section = "sql";
  kind.formats = {"rest-json"};
  kind.read = [](config::Table section, const std::string& folder) {
    return std::unique_ptr<kit::ConnectorSettings>(ReadSqlConfig(std::move(section), folder));
  };
  kind.open = [](const kit::ConnectorSettings& settings,
                 const kit::ConnectorParts& parts) -> Result<std::unique_ptr<kit::Connector>> {
    const auto* sql = dynamic_cast<const SqlConfig*>(&settings);
    if (sql == nullptr) return Internal("[sql] was read by somebody else");
    SAM_ASSIGN(std::unique_ptr<SqlConnector> connector,
               SqlConnector::Open(*sql, parts, std::make_unique<Reader>(Database::Make(*sql)),
                                  Random::FromKernel()));
    return std::unique_ptr<kit::Connector>(std::move(connector));
  };
  kind.kept = [](const kit::ConnectorSettings& settings, const kit::AdapterConfig& config,
                 kit::AdapterStore& store) -> std::unique_ptr<kit::KeptFiles> {
    const auto* sql = dynamic_cast<const SqlConfig*>(&settings);
    if (sql == nullptr || sql->attachments.empty()) return nullptr;
    return std::make_unique<files::KeptFolder>(*sql, config.keep.raw, store);
  };
  kind.check = [](const kit::ConnectorSettings& settings) -> Status {
    const auto* sql = dynamic_cast<const SqlConfig*>(&settings);
    if (sql == nullptr) return Internal("[sql] was read by somebody else");
    return CheckConnectionFile(*sql);
  };
  return kind;
}

}  // namespace sam::sql
