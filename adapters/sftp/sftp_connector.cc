#include "adapters/sftp/sftp_connector.h"

#include <algorithm>

#include "adapters/files/files_connector.h"

namespace sam::sftp {
namespace {

constexpr int kWaitWhenBusy = 10;  // a reply is worth looking for

}  // namespace

Result<std::unique_ptr<kit::Connector>> SftpConnector::Open(const PulledFilesConfig& config,
                                                            const kit::ConnectorParts& parts,
                                                            std::unique_ptr<Link> link,
                                                            Random random) {
  SAM_ASSIGN(std::unique_ptr<Pull> pull, Pull::Open(config, parts, std::move(link), random));
  SAM_ASSIGN(std::unique_ptr<kit::Connector> files,
             files::FilesConnector::Open(config, parts, pull.get()));
  return std::unique_ptr<kit::Connector>(
      new SftpConnector(config.sftp->where(), std::move(pull), std::move(files)));
}

Result<int> SftpConnector::Step(int wait_ms) {
  SAM_TRY(pull_->Step());
  return files_->Step(pull_->busy() ? std::min(wait_ms, kWaitWhenBusy) : wait_ms);
}

void SftpConnector::SetRefusing(bool refusing) {
  pull_->SetRefusing(refusing);
  files_->SetRefusing(refusing);
}

}  // namespace sam::sftp
