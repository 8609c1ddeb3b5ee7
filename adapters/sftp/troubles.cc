#include "adapters/sftp/troubles.h"

#include <algorithm>
#include <utility>

#include "broker/base/log.h"

namespace sam::sftp {

void Troubles::Listed(const Listing& listing) {
  more_ = std::exchange(beyond_, 0);
  std::set<std::string> named;
  std::map<std::string, int> unsteady;
  for (const RemoteFile& file : listing.files) {
    if (named_.count(file.name) > 0) named.insert(file.name);
    const auto found = unsteady_.find(file.name);
    if (found != unsteady_.end()) unsteady.insert(*found);
  }
  unsteady_ = std::move(unsteady);
  if (!listing.complete) return;  // what is missing in it may be there
  named_ = std::move(named);
  many_told_ = many_told_ && named_.size() == kMaxNamed;
}

bool Troubles::Add(const std::string& name) {
  if (named_.count(name) > 0) return false;
  if (named_.size() < kMaxNamed) return named_.insert(name).second;
  ++beyond_;
  if (!many_told_) log::Error("sftp", "sftp-many-troubles", {{"named", kMaxNamed}});
  many_told_ = true;
  return false;
}

bool Troubles::Unsteady(const std::string& name) { return ++unsteady_[name] >= kUnsteadyAfter; }

void Troubles::Over(const std::string& name) {
  named_.erase(name);
  unsteady_.erase(name);
}

std::string Troubles::status() const {
  std::string out;
  for (const std::string& name : named_)
    out.append("sftp: trouble with ").append(name).append("\n");
  const size_t more = std::max(more_, beyond_);
  if (more > 0)
    out.append("sftp: trouble with ").append(std::to_string(more)).append(" more files\n");
  return out;
}

}  // namespace sam::sftp
