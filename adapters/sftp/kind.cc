#include "adapters/sftp/kind.h"

#include <memory>
#include <optional>
#include <utility>

#include "adapters/files/files_connector.h"
#include "adapters/sftp/sftp_connector.h"
#include "adapters/sftp/worker.h"

namespace sam::sftp {

kit::ConnectorKind FilesKind() {
  kit::ConnectorKind kind = files::FilesKind();
  kind.read = [](config::Table section, const std::string& folder) {
    auto out = std::make_unique<PulledFilesConfig>();
    files::ReadFiles(section, folder, *out);
    if (std::optional<config::Table> table = section.Sub("sftp"))
      out->sftp = ReadSftp(*table, folder);
    return std::unique_ptr<kit::ConnectorSettings>(std::move(out));
  };
  kind.open = [](const kit::ConnectorSettings& settings,
                 const kit::ConnectorParts& parts) -> Result<std::unique_ptr<kit::Connector>> {
    const auto* files = dynamic_cast<const PulledFilesConfig*>(&settings);
    if (files == nullptr) return Internal("[files] was read by somebody else");
    if (!files->sftp) return files::FilesConnector::Open(*files, parts);
    SAM_TRY(CheckSecrets(*files->sftp));
    return SftpConnector::Open(*files, parts, std::make_unique<Worker>(*files),
                               Random::FromKernel());
  };
  kind.check = [](const kit::ConnectorSettings& settings) -> Status {
    const auto* files = dynamic_cast<const PulledFilesConfig*>(&settings);
    if (files == nullptr) return Internal("[files] was read by somebody else");
    return files->sftp ? CheckSecrets(*files->sftp) : Ok();
  };
  return kind;
}

}  // namespace sam::sftp
