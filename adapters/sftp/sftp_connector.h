// SftpConnector: the watched folder of adapters/files and, behind it, the puller that fills it.
// Threads: one, the store's writer. Owned by main.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "adapters/kit/connector.h"
#include "adapters/sftp/pull.h"

namespace sam::sftp {

class SftpConnector final : public kit::Connector {
 public:
  // Errors: the key or known_hosts cannot be used, or the marks are none of ours.
  static Result<std::unique_ptr<kit::Connector>> Open(const PulledFilesConfig& config,
                                                      const kit::ConnectorParts& parts,
                                                      std::unique_ptr<Link> link, Random random);

  Result<int> Step(int wait_ms) override;
  void SetRefusing(bool refusing) override;
  std::string where() const override { return files_->where() + " from sftp " + server_; }
  std::string status() const override { return files_->status() + pull_->status(); }

 private:
  SftpConnector(std::string server, std::unique_ptr<Pull> pull,
                std::unique_ptr<kit::Connector> files)
      : server_(std::move(server)), pull_(std::move(pull)), files_(std::move(files)) {}
  std::string server_;
  std::unique_ptr<Pull> pull_;  // outlives files_, which tells it
  std::unique_ptr<kit::Connector> files_;
};

}  // namespace sam::sftp
