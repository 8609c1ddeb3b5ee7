// Troubles: which files of the server are in trouble. Each is told once, not once a round; people
// find the names in status. Names are the server's, so that they have a limit: beyond it files are
// counted only, and that there are more is told once.
// One thread; owned by the puller. Limit: kMaxNamed names.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "adapters/sftp/link.h"

namespace sam::sftp {

class Troubles {
 public:
  static constexpr size_t kMaxNamed = 100;
  static constexpr int kUnsteadyAfter = 3;  // fetches in a row that found another file, or none

  // With each listing: what the server has no more is in no trouble.
  void Listed(const Listing& listing);
  // True: nobody was told yet of trouble with this file. Beyond the limit nobody is.
  bool Add(const std::string& name);
  // It was another file, or none, when it was fetched. True: kUnsteadyAfter times and more.
  bool Unsteady(const std::string& name);
  void Over(const std::string& name);  // fetched, or settled

  // A line for each name, and one that counts the rest.
  std::string status() const;

 private:
  std::set<std::string> named_;
  std::map<std::string, int> unsteady_;  // fetched in vain; no more than were listed
  size_t beyond_ = 0;                    // since the last listing
  size_t more_ = 0;                      // between the two before it
  bool many_told_ = false;
};

}  // namespace sam::sftp
